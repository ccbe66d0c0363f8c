"""Programs keep test sets, run them and write curated answers, as pages do."""

import pytest

from kbqa.documents.models import CanonicalText
from kbqa.quality.models import Run, TestSet
from kbqa.quality.sets import set_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def oaks(collection) -> TestSet:
    return set_of(collection, by=collection.created_by)


def test_a_set_is_made_filled_read_and_deleted(api, collection):
    made = api.post("/api/v1/test-sets", {"name": "Oaks", "collection": str(collection.pk)}, format="json").json()
    address = f"/api/v1/test-sets/{made['id']}"
    cases = [{"question": "How old?", "answers": ["200", "200 years"]}, {"question": "Who felled it?"}]

    kept = api.post(f"{address}/cases", {"cases": cases}, format="json")

    assert (kept.status_code, kept.json()) == (201, {"kept": 2})
    assert [case["answers"] for case in api.get(f"{address}/cases").json()["results"]] == [["200", "200 years"], []]
    assert api.get("/api/v1/test-sets").json()["results"][0]["num_cases"] == 2
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


def test_one_case_that_is_none_keeps_all_of_them_out(api, oaks):
    cases = [{"question": "How old?"}, {"question": "  "}]

    response = api.post(f"/api/v1/test-sets/{oaks.pk}/cases", {"cases": cases}, format="json")

    assert response.status_code == 422
    assert not oaks.cases.exists()


def test_a_run_is_started_followed_and_cancelled(api, oaks):
    address = f"/api/v1/test-sets/{oaks.pk}"
    empty = api.post(f"{address}/runs")
    api.post(f"{address}/cases", {"cases": [{"question": "How old?", "answers": ["200"]}]}, format="json")

    started = api.post(f"{address}/runs")
    again = api.post(f"{address}/runs")
    run = f"/api/v1/runs/{started.json()['id']}"
    cancelled = api.post(f"{run}/cancel")

    assert (empty.status_code, started.status_code, again.status_code) == (422, 202, 409)
    assert (started.json()["asked"], started.json()["total"]) == (0, 1)
    assert (cancelled.status_code, api.get(run).json()["state"]) == (202, Run.State.CANCELLED)
    assert api.post(f"{run}/cancel").status_code == 409
    assert [case["question"] for case in api.get(f"{run}/cases").json()["results"]] == ["How old?"]
    assert api.get(f"{run}/cases?verdict=right").json()["results"] == []


def test_a_curated_answer_quotes_the_place_it_names(api, collection):
    version = factories.version(inside=collection)
    CanonicalText.objects.create(version=version, text="The oak is 200 years old. It is tall.")
    place = {"document": str(version.document_id), "version": 1, "start": 0, "end": 25}
    form = {"question": "How old?", "text": "Two hundred years.", "citations": [place]}

    written = api.post(f"/api/v1/collections/{collection.pk}/curated", form, format="json")

    assert written.status_code == 201
    assert [c["quote"] for c in written.json()["citations"]] == ["The oak is 200 years old."]
    address = f"/api/v1/curated/{written.json()['id']}"
    assert api.get(address).json()["text"] == "Two hundred years."
    assert len(api.get(f"/api/v1/collections/{collection.pk}/curated").json()["results"]) == 1
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404
