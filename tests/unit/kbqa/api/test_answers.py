import json

import pytest

from kbqa.answers.models import Answer, Feedback
from tests import factories

from .conftest import client_of

pytestmark = pytest.mark.django_db


def ask(client, **body):
    return client.post("/api/v1/answers", {"question": "Is anything here?", **body})


def test_an_answer_has_every_field_of_its_contract(api):
    body = ask(api).data

    assert set(body) == {
        "id", "conversation", "answer", "abstained", "confidence", "degraded", "cached", "citations", "tentative",
        "curated", "written", "passages", "timings_ms", "trace",
    }  # fmt: skip
    assert body["abstained"]


def test_an_answer_can_be_looked_up_again_by_its_asker_alone(api):
    answer = ask(api).data["id"]

    assert api.get(f"/api/v1/answers/{answer}").data["abstained"]
    assert client_of(factories.user()).get(f"/api/v1/answers/{answer}").status_code == 404


def test_a_stream_carries_typed_numbered_events(api):
    response = ask(api, stream=True)
    frames = b"".join(response.streaming_content).decode().strip().split("\n\n")

    assert response["Content-Type"] == "text/event-stream"
    names = [frame.split("\n")[1].removeprefix("event: ") for frame in frames]
    assert names == ["sources", "abstained", "done"]
    answer = response["X-Answer"]
    assert [frame.split("\n")[0] for frame in frames] == [f"id: {answer}:{place}" for place in (1, 2, 3)]
    assert json.loads(frames[-1].split("\n")[2].removeprefix("data: "))["answer_id"]


@pytest.mark.django_db(transaction=True)  # closing a response closes its connection, which a transaction would mind
def test_a_reader_who_goes_away_ends_the_turn(api):
    response = ask(api, stream=True)
    next(response.streaming_content)

    response.close()

    assert Answer.objects.get().state == Answer.State.ABORTED


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": "   "}, "question"),
        ({"question": None}, "question"),
        ({"question": "x" * 100_000}, "question"),
        ({"collections": ["not-an-id"]}, "collections"),
        ({"deadline_s": -1}, "deadline_s"),
        ({"deadline_s": 1e12}, "deadline_s"),
        ({"deadline_s": "nan"}, "deadline_s"),
    ],
)
def test_a_bad_question_is_refused_by_field(api, body, field):
    response = ask(api, **body)

    assert response.status_code == 422
    assert field in response.data["errors"]
    assert not Answer.objects.exists()


@pytest.mark.parametrize("text", ["😀" * 50, "\u202egnp.exe", "' OR 1=1 --", "{{7*7}}", "<script>"])
def test_a_strange_question_is_still_answered(api, text):
    response = api.post("/api/v1/answers", data=json.dumps({"question": text}), content_type="application/json")

    assert response.status_code == 200


@pytest.mark.parametrize("text", ["a\0b?", "half a pair: \ud800"])
def test_a_question_that_no_database_can_hold_is_refused_by_field(api, text):
    response = api.post("/api/v1/answers", data=json.dumps({"question": text}), content_type="application/json")

    assert response.data["errors"]["question"]


def test_malformed_json_is_said_to_be_so(api):
    response = api.post("/api/v1/answers", data='{"question": ', content_type="application/json")

    assert (response.status_code, response.data["code"]) == (400, "malformed")


def test_a_wrong_key_and_no_key_are_refused(client):
    for headers in ({}, {"Authorization": "Bearer kb_00000000_wrong"}):
        response = client.post("/api/v1/answers", {"question": "?"}, "application/json", headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_a_key_in_the_query_string_is_not_looked_at(client, api):
    key = api._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")

    assert client.get(f"/api/v1/collections?key={key}&access_token={key}").status_code == 401


def test_a_foreign_collection_cannot_be_asked(api):
    assert ask(api, collections=[str(factories.collection().pk)]).status_code == 404


def test_an_unknown_reason_of_feedback_is_a_fields_error(api):
    answer = ask(api).data["id"]

    refused = api.post(f"/api/v1/answers/{answer}/feedback", {"rating": -1, "reason": "out of date"})
    taken = api.post(f"/api/v1/answers/{answer}/feedback", {"rating": -1, "reason": "outdated"})

    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["reason"])
    assert taken.status_code == 204


def test_feedback_is_kept_once_a_person(api):
    answer = ask(api).data["id"]

    for rating in (1, -1):
        assert api.post(f"/api/v1/answers/{answer}/feedback", {"rating": rating}).status_code == 204

    assert Feedback.objects.get().rating == -1


def test_search_gives_passages_with_their_scores(api):
    body = api.post("/api/v1/search", {"question": "Is anything here?"}).data

    assert body == {"passages": [], "degraded": False, "timings_ms": {}}
