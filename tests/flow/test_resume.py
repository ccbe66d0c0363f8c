"""A reader who lost the connection comes back: the rest exactly once, and one end, whatever became of the work."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from kbqa.accounts.models import User
from kbqa.accounts.services import key_issue
from kbqa.answers.models import Answer
from kbqa.answers.pipeline import flights

from .conftest import FOREST, RIVER

pytestmark = pytest.mark.django_db(transaction=True)

Frame = tuple[str, str, dict[str, Any]]  # id, event, data

QUESTION = "When is the lock at Aston closed?"


@pytest.fixture
def client_of(owner: User) -> Client:
    _, key = key_issue(owner=owner, name="reader")
    return Client(headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def read(put) -> None:
    put("forest.txt", FOREST)
    put("river.txt", RIVER)


@dataclass
class Reading:
    """An answer's stream, read as far as is wanted, and left by closing it."""

    response: HttpResponse

    def hear(self, number: int | None = None) -> list[Frame]:
        """The next frames, or all."""
        frames = self.response.streaming_content
        return parsed(list(frames) if number is None else [next(frames) for _ in range(number)])

    def leave(self) -> None:
        self.response.close()


def asked(client: Client, question: str = QUESTION) -> Reading:
    response = client.post("/api/v1/answers", {"question": question, "stream": True}, content_type="application/json")
    assert response.status_code == 200
    return Reading(response)


def parsed(frames: list[bytes]) -> list[Frame]:
    """Each as what it says; heart-beats left out."""
    found = []
    for frame in b"".join(frames).decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in frame.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found


def rest(client: Client, last: str) -> list[Frame]:
    response = client.get(f"/api/v1/answers/{last.split(':')[0]}/stream", headers={"Last-Event-ID": last})
    assert response.status_code == 200, response.content
    return parsed(list(response.streaming_content))


def its_process_died() -> None:
    """As if whoever worked on the only answer had ended an hour ago, without a word."""
    long_ago = timezone.now() - timedelta(hours=1)
    Answer.objects.update(state="running", finished_at=None, created_at=long_ago, due_at=long_ago)


def said(frames: list[Frame]) -> str:
    return "".join(data["text"] for _id, event, data in frames if event == "token")


def test_an_answer_that_ended_is_told_from_any_of_its_events_on(client_of, read):
    whole = asked(client_of).hear()
    ends = [event for _id, event, _data in whole]
    assert ends[0] == "sources"
    assert ends[-2:] == ["cited", "done"]

    for number in range(len(whole) - 1):
        again = rest(client_of, whole[number][0])
        assert [frame[:2] for frame in again] == [frame[:2] for frame in whole[number + 1 :]]
        assert said(whole[: number + 1]) + said(again) == said(whole)


def test_nothing_is_left_for_who_heard_the_end(client_of, read):
    last = asked(client_of).hear()[-1][0]

    answer = client_of.get(f"/api/v1/answers/{last.split(':')[0]}/stream", headers={"Last-Event-ID": last})

    assert answer.status_code == 204


@pytest.mark.parametrize("heard", [1, 3])
def test_a_reader_whose_loss_ended_the_work_gets_the_rest_all_the_same(client_of, read, heard):
    stream = asked(client_of)
    told = stream.hear(heard)
    stream.leave()
    assert Answer.objects.get().state == "aborted"

    again = rest(client_of, told[-1][0])

    answer = Answer.objects.get()
    assert (answer.state, said(told) + said(again)) == ("done", answer.text)
    assert [event for _id, event, _data in again if event != "token"] == ["cited", "done"]
    assert len(flights) == 0


def test_an_answer_that_another_works_on_is_waited_for(client_of, read):
    stream = asked(client_of)
    told = stream.hear(1)
    response = client_of.get(f"/api/v1/answers/{Answer.objects.get().pk}/stream", headers={"Last-Event-ID": told[0][0]})
    waiting = response.streaming_content
    assert next(waiting).startswith(b":")

    whole = told + stream.hear()

    again = parsed(list(waiting))
    assert [frame[:2] for frame in again] == [frame[:2] for frame in whole[1:]]


def test_an_answer_whose_process_died_is_carried_out_again(client_of, read):
    stream = asked(client_of)
    told = stream.hear(1)
    stream.leave()
    its_process_died()

    again = rest(client_of, told[0][0])

    assert [event for _id, event, _data in again][-1] == "done"
    assert Answer.objects.get().state == "done"


def test_of_two_who_come_back_one_has_it_carried_out_again_and_both_hear_it(client_of, read):
    stream = asked(client_of)
    told = stream.hear(1)
    stream.leave()
    its_process_died()
    first, second = (
        client_of.get(f"/api/v1/answers/{Answer.objects.get().pk}/stream", headers={"Last-Event-ID": told[0][0]})
        for _ in range(2)
    )
    begun = [next(first.streaming_content)]

    assert next(second.streaming_content).startswith(b":")  # the other one works on it
    whole = parsed(begun + list(first.streaming_content))

    assert parsed(list(second.streaming_content)) == whole
    assert [event for _id, event, _data in whole][-1] == "done"
    assert Answer.objects.get().citations.count() == 1


def test_a_long_answer_is_not_taken_from_who_has_time_for_it(client_of, read, settings):
    settings.ANSWER_DEADLINE_S = 10.0
    asking = {"question": QUESTION, "stream": True, "deadline_s": 500}
    stream = Reading(client_of.post("/api/v1/answers", asking, content_type="application/json"))
    told = stream.hear(1)
    Answer.objects.update(created_at=timezone.now() - timedelta(seconds=60))

    last = told[0][0]
    again = client_of.get(f"/api/v1/answers/{last.split(':')[0]}/stream", headers={"Last-Event-ID": last})

    assert next(again.streaming_content).startswith(b":")
    stream.hear()


def test_part_of_an_answer_is_not_continued_with_what_other_documents_say(client_of, read, put):
    stream = asked(client_of)
    told = stream.hear(3)
    stream.leave()
    put("news.txt", "The lock at Aston is closed from June to July.")

    last = told[-1][0]
    answer = client_of.get(f"/api/v1/answers/{last.split(':')[0]}/stream", headers={"Last-Event-ID": last})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert Answer.objects.get().state == "aborted"


def test_a_failed_answer_ends_as_it_ended(client_of, read, owner):
    row = Answer.objects.create(asker=owner, question="?", state="failed", error_code="deadline_exceeded")

    answer = client_of.get(f"/api/v1/answers/{row.pk}/stream")

    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")


@pytest.mark.parametrize("last", ["1", "x:1", "{pk}:", "{pk}:-1", "{pk}:1.5", "{pk}:" + "9" * 30, "{pk}:１"])
def test_an_id_of_no_event_is_refused(client_of, read, owner, last):
    row = Answer.objects.create(asker=owner, question="?", state="done", abstained=True)

    answer = client_of.get(
        f"/api/v1/answers/{row.pk}/stream", headers={"Last-Event-ID": last.format(pk=row.pk).encode().decode("latin-1")}
    )

    assert answer.status_code == 422
