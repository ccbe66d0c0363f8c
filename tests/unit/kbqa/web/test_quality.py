"""Test sets and runs on their pages: made, filled, asked, looked into and compared."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kbqa.documents.models import Role
from kbqa.quality.models import Run, TestCase, TestSet
from kbqa.quality.outcomes import figures
from kbqa.quality.runs import outcomes_of
from kbqa.quality.sets import case_keep, set_of
from tests import factories

pytestmark = pytest.mark.django_db

QUESTION = "When is the lamp lit?"


@pytest.fixture
def lamps(shelf, keeper) -> TestSet:
    made = set_of(shelf, by=keeper)
    case_keep(test_set=made, question=QUESTION, answers=["at dusk"], by=keeper)
    case_keep(test_set=made, question="Who came?", answers=["Bergen"], by=keeper)
    return made


def finished(test_set: TestSet, *answers: str) -> Run:
    """A run in which these answers were given."""
    run = Run.objects.create(test_set=test_set, started_by=test_set.created_by, state=Run.State.DONE)
    for position, (case, answer) in enumerate(zip(test_set.cases.order_by("pk"), answers, strict=True), start=1):
        verdict = "right" if answer in case.answers else "wrong"
        run.cases.create(
            position=position,
            case=case,
            question=case.question,
            golds=case.answers,
            verdict=verdict,
            answer=answer,
            confidence=0.5,
            ms=12.0,
            rank=position,
        )
    run.figures = figures(outcomes_of(run), recall=True)
    run.save()
    return run


def test_a_set_is_made_from_a_file_and_leaves_as_one(page, shelf):
    line = {"question": QUESTION, "context": "", "answers": [{"text": "at dusk", "start": 0}]}
    file = SimpleUploadedFile("lamps.jsonl", json.dumps(line).encode())

    page.post("/quality", {"name": "Lamps", "collection": str(shelf.pk), "file": file})

    test_set = TestSet.objects.get()
    assert TestCase.objects.get().answers == ["at dusk"]
    assert "Lamps" in page.get("/quality").content.decode()
    exported = page.get(f"/quality/sets/{test_set.pk}/export.csv")
    assert exported["Content-Disposition"] == 'attachment; filename="lamps.csv"'
    assert f"{QUESTION},at dusk,," in exported.content.decode()
    assert page.get(f"/quality/sets/{test_set.pk}/export.xlsx").status_code == 404


def test_a_case_is_typed_in_with_the_document_it_is_in(page, lamps, ready):
    document = ready().document
    address = f"/quality/sets/{lamps.pk}/cases"

    page.post(address, {"question": "Where?", "answers": "here\n\nthere", "document": document.name})

    case = TestCase.objects.get(question="Where?")
    assert (case.answers, case.document) == (["here", "there"], document)
    assert page.post(address, {"question": "Where?", "document": "nowhere.txt"}).status_code == 404


def test_a_run_is_started_watched_and_cancelled(page, lamps):
    run_address = page.post(f"/quality/sets/{lamps.pk}/run")["Location"]
    watched = page.get(run_address).content.decode()

    again = page.post(f"/quality/sets/{lamps.pk}/run").status_code
    page.post(f"{run_address}/cancel")

    assert "0 of 2 questions asked" in watched
    assert 'hx-trigger="load delay:1s"' in watched
    assert again == 409
    assert Run.objects.get().state == Run.State.CANCELLED
    assert page.get(run_address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_a_runs_page_shows_figures_pictures_and_the_cases_asked_for(page, lamps):
    run = finished(lamps, "at dusk", "Aurora")

    whole = page.get(f"/quality/runs/{run.pk}").content.decode()
    wrong = page.get(f"/quality/runs/{run.pk}?state=wrong").content.decode()

    assert whole.count('<svg class="plot"') == 4
    assert "50 %" in whole
    assert QUESTION in whole
    assert QUESTION not in wrong
    assert "Who came?" in wrong


def test_a_case_of_a_run_says_why_it_came_out_so(page, lamps):
    run = finished(lamps, "at dusk", "Aurora")
    reading = {"confidence": 0.2, "threshold": 0.5, "best": {"answer": "Aurora", "quote": "The Aurora came."}}
    run.cases.filter(position=2).update(abstained=True, verdict="silent", trace={"reading": reading})

    shown = page.get(f"/quality/runs/{run.pk}/cases/2").content.decode()

    assert "Kept back: “The Aurora came.”" in shown
    assert "Bergen" in shown
    assert page.get(f"/quality/runs/{run.pk}/cases/9").status_code == 404


def test_two_runs_stand_side_by_side_with_what_became_worse(page, lamps):
    before, after = finished(lamps, "at dusk", "Aurora"), finished(lamps, "at dawn", "Bergen")

    shown = page.get(f"/quality/compare?before={before.pk}&after={after.pk}").content.decode()

    assert shown.index('class="worse"') < shown.index(QUESTION) < shown.index('class="better"')
    assert "1 worse" in shown
    assert page.get(f"/quality/compare?before={before.pk}&after=x").status_code == 404


def test_runs_of_two_sets_are_not_compared(page, lamps, shelf, keeper):
    other = TestSet.objects.create(collection=shelf, name="Other", created_by=keeper)
    before, after = finished(lamps, "at dusk", "Bergen"), finished(other)

    assert page.get(f"/quality/compare?before={before.pk}&after={after.pk}").status_code == 422


def test_a_viewer_sees_no_set_and_no_run(client, lamps, shelf):
    run = finished(lamps, "at dusk", "Bergen")
    client.force_login(factories.member(shelf, Role.VIEWER))

    assert lamps.name not in client.get("/quality").content.decode()
    for address in (f"/quality/sets/{lamps.pk}", f"/quality/runs/{run.pk}", f"/quality/runs/{run.pk}/cases/1"):
        assert client.get(address).status_code == 404


def test_a_set_goes_with_its_runs(page, lamps):
    finished(lamps, "at dusk", "Bergen")

    page.post(f"/quality/sets/{lamps.pk}/delete")

    assert not TestSet.objects.exists()
    assert not Run.objects.exists()


@pytest.mark.parametrize("path", ["/quality/runs/{run}", "/quality/compare?before={run}&after={run}"])
def test_a_run_of_many_cases_costs_no_more_queries(page, keeper, lamps, path, django_assert_max_num_queries):
    for number in range(12):
        case_keep(test_set=lamps, question=f"Question {number}?", answers=["x"], by=keeper)
    run = finished(lamps, *["x"] * 14)

    with django_assert_max_num_queries(16):
        assert page.get(path.format(run=run.pk)).status_code == 200
