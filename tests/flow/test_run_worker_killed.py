"""`kill -9` of a real worker in the middle of a quality run: another goes on, no case is lost and none counts twice."""

from pathlib import Path

import pytest

from kbqa.answers.models import Answer
from kbqa.quality.models import Run, RunCase
from kbqa.quality.runs import run_start
from kbqa.quality.sets import case_keep, set_of

from .servers import Worker, environment_of, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)]

NUM_CASES = 30
BUOYS = [f"Buoy {number} was laid in {1_800 + number}." for number in range(NUM_CASES)]


def asked(run: Run) -> dict[int, tuple[str, float]]:
    """Each case that was asked, with its verdict and how long it took, which no second asking would repeat."""
    rows = RunCase.objects.filter(run=run).exclude(verdict="")
    return {position: (verdict, ms) for position, verdict, ms in rows.values_list("position", "verdict", "ms")}


def test_a_run_whose_worker_is_killed_is_finished_by_another(collection, owner, put, tmp_path: Path):
    put("buoys.txt", "\n\n".join(BUOYS))
    test_set = set_of(collection, by=owner)
    for number in range(NUM_CASES):
        question = f"When was buoy {number} laid?"
        case_keep(test_set=test_set, question=question, by=owner, answers=[str(1_800 + number)])
    run = run_start(test_set=test_set, by=owner)
    worker = Worker(environment_of(tmp_path), tmp_path / "worker.log")
    try:
        wait_for(lambda: len(asked(run)) >= 3, seconds=120, every=0.02, why="some cases were asked")
        worker.kill()
        at_kill = asked(run)
        run.refresh_from_db()
        state_at_kill = run.state
        worker = Worker(environment_of(tmp_path), tmp_path / "worker.log")
        wait_for(lambda: Run.objects.get(pk=run.pk).is_over, seconds=180, why="the run is over")
    finally:
        worker.stop()

    run.refresh_from_db()
    assert 3 <= len(at_kill) < NUM_CASES
    assert state_at_kill == Run.State.RUNNING
    assert (run.state, run.error, run.figures["questions"]) == (Run.State.DONE, "", NUM_CASES)
    after = asked(run)
    assert sorted(after) == list(range(1, NUM_CASES + 1))
    assert {position: after[position] for position in at_kill} == at_kill
    assert not Answer.objects.exists()
