import pytest

from kbqa.documents.models import IngestJob
from kbqa.documents.stages import stage_note
from kbqa.metrics import INGEST_STAGE_SECONDS
from tests import factories

Stage = IngestJob.Stage


def observed(stage):
    return INGEST_STAGE_SECONDS.labels(stage.value)._sum.get()


@pytest.mark.django_db
def test_a_stage_took_from_its_beginning_to_that_of_the_next(monkeypatch):
    clock = iter([0.0, 2.0, 3.0, 10.0, 11.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    before = {stage: observed(stage) for stage in (Stage.PARSE, Stage.EMBED)}
    job = factories.version().job

    for stage in (Stage.PARSE, Stage.EMBED, Stage.EMBED, Stage.EMBED, Stage.DONE):
        stage_note(job, stage)

    assert observed(Stage.PARSE) - before[Stage.PARSE] == 2.0
    assert observed(Stage.EMBED) - before[Stage.EMBED] == 9.0
