"""What pages do besides asking, done by programs: history, members, jobs and figures."""

import pytest

from kbqa.answers.models import Answer, Conversation
from kbqa.documents.models import Grant, Version
from tests import factories

from .conftest import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(collection) -> Conversation:
    conversation = Conversation.objects.create(owner=collection.created_by, title="Oaks")
    Answer.objects.create(
        asker=conversation.owner, conversation=conversation, question="=1+1?", state="done", text="Two."
    )
    return conversation


def test_the_history_is_found_renamed_taken_along_and_deleted(api, conversation):
    address = f"/api/v1/conversations/{conversation.pk}"

    assert [row["title"] for row in api.get("/api/v1/conversations?q=two").json()["results"]] == ["Oaks"]
    assert api.get("/api/v1/conversations?q=nothing").json()["results"] == []
    assert api.patch(address, {"title": "Sums"}).json()["title"] == "Sums"
    assert api.get(f"{address}/export.json").json()["turns"][0]["question"] == "=1+1?"
    assert "'=1+1?" in api.get(f"{address}/export.csv", headers={"Accept": "text/csv"}).content.decode()
    assert api.get(f"{address}/export.pdf").status_code == 404
    assert api.delete(address).status_code == 204
    assert not Answer.objects.exists()


def test_a_conversation_begun_here_is_joined_by_questions(api):
    begun = api.post("/api/v1/conversations", {"title": "Oaks"})

    assert (begun.status_code, begun.json()["title"]) == (201, "Oaks")
    asked = api.post("/api/v1/answers", {"question": "When?", "conversation": begun.json()["id"]}, format="json")
    assert asked.json()["conversation"] == begun.json()["id"]
    assert api.post("/api/v1/conversations", {"title": " "}).status_code == 422


def test_members_are_given_and_lose_roles_and_one_owner_stays(api, collection):
    address, mei = f"/api/v1/collections/{collection.pk}/members", factories.user(username="mei")

    given = api.post(address, {"name": "mei", "role": "viewer"})
    assert (given.status_code, given.json()["name"], given.json()["role"]) == (201, "mei", "viewer")
    raised = api.post(address, {"name": "mei", "role": "editor"})
    assert raised.json() == given.json() | {"role": "editor"}
    assert {row["role"] for row in api.get(address).json()["results"]} == {"owner", "editor"}
    assert api.delete(f"{address}/{given.json()['id']}").status_code == 204
    assert client_of(mei).get(f"/api/v1/collections/{collection.pk}").status_code == 404
    own = Grant.objects.get(collection=collection)
    assert api.delete(f"{address}/{own.pk}").status_code == 409
    assert api.post(address, {"name": "nobody", "role": "viewer"}).status_code == 404
    assert api.post(address, {"name": "mei", "role": "king"}).status_code == 422


def test_jobs_are_listed_stopped_and_tried_again(api, collection, django_assert_max_num_queries):
    versions = [factories.version(inside=collection) for _ in range(8)]
    factories.version()  # another's

    with django_assert_max_num_queries(8):
        listed = api.get("/api/v1/jobs?limit=5").json()
    rest = api.get(listed["next"]).json()["results"]
    assert [row["id"] for row in (*listed["results"], *rest)] == [v.job.pk for v in reversed(versions)]

    job = versions[0].job.pk
    assert api.post(f"/api/v1/jobs/{job}/cancel").json()["state"] == "cancelled"
    assert api.post(f"/api/v1/jobs/{job}/cancel").status_code == 409
    assert [row["id"] for row in api.get("/api/v1/jobs?state=cancelled").json()["results"]] == [job]
    assert api.post(f"/api/v1/jobs/{job}/retry").json()["state"] == "queued"


def test_a_document_read_anew_is_another_job(api, collection):
    version = factories.version(inside=collection, state=Version.State.READY)
    version.job.state = "succeeded"
    version.job.save()

    again = api.post(f"/api/v1/jobs/{version.job.pk}/retry").json()

    assert (again["document"], again["version"], again["state"]) == (str(version.document_id), 2, "queued")


def test_usage_is_ones_own(api, conversation):
    Answer.objects.create(asker=factories.user(), question="Mine?", state="done", abstained=True)

    usage = api.get("/api/v1/usage?days=7").json()

    assert (usage["asked"], len(usage["days"]), usage["unanswered"]) == (1, 7, [])
    assert api.get("/api/v1/usage?days=0").status_code == 422
