"""X-07: what is taken away while an answer is under way ends it at its next event, and nothing more of it is told."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client

from kbqa.accounts.models import ApiKey, User
from kbqa.accounts.services import key_issue, key_revoke
from kbqa.answers import watch
from kbqa.answers.models import Answer
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Collection, Grant
from kbqa.documents.services import document_upload
from tests import factories

from .conftest import session_of

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = {"question": "When is the lamp lit?", "stream": True}


@pytest.fixture(autouse=True)
def _at_every_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RECHECK_S", 0.0)


@pytest.fixture
def keeper() -> User:
    return factories.user()


@pytest.fixture
def shelf(keeper: User) -> Collection:
    shelf = factories.collection(owner=keeper)
    text = b"The lamp is lit at dusk. It burns until sunrise."
    version_ingest(document_upload(collection=shelf, name="lamp.txt", pieces=[text], by=keeper).version.pk)
    return shelf


def suspend(keeper: User) -> None:
    User.objects.filter(pk=keeper.pk).update(is_active=False)


def lose_the_role(keeper: User) -> None:
    Grant.objects.filter(user=keeper).delete()


def lose_the_key(keeper: User) -> None:
    key_revoke(key=ApiKey.objects.get(owner=keeper))


def sign_out(keeper: User) -> None:
    Session.objects.all().delete()


def change_the_password(keeper: User) -> None:
    keeper.set_password("another phrase altogether")
    keeper.save()


def by_key(keeper: User, path: str) -> HttpResponse:
    _, key = key_issue(owner=keeper, name="reader")
    body = (
        ASKED if path == "/api/v1/answers" else {"messages": [{"role": "user", "content": "Lit when?"}], "stream": True}
    )
    return Client().post(path, body, content_type="application/json", headers={"Authorization": f"Bearer {key}"})


def by_session(keeper: User, path: str) -> HttpResponse:
    return session_of(keeper).post(path, {"question": ASKED["question"]})


WAYS = [
    pytest.param(way, path, loss, code, id=f"{path} {loss.__name__}")
    for way, path, losses in (
        (by_key, "/api/v1/answers", (lose_the_key, suspend, lose_the_role)),
        (by_key, "/v1/chat/completions", (lose_the_key, suspend, lose_the_role)),
        (by_session, "/ask/stream", (sign_out, suspend, lose_the_role, change_the_password)),
    )
    for loss, code in ((loss, b"not_found" if loss is lose_the_role else b"not_authenticated") for loss in losses)
]


@pytest.mark.parametrize(("way", "path", "loss", "code"), WAYS)
def test_the_next_event_is_withheld(
    keeper: User,
    shelf: Collection,
    way: Callable[..., HttpResponse],
    path: str,
    loss: Callable[[User], None],
    code: bytes,
):
    stream: Iterator[bytes] = way(keeper, path).streaming_content
    first = next(stream)
    assert b"dusk" in first or b"assistant" in first

    loss(keeper)

    rest = b"".join(frame for frame in stream if not frame.startswith(b":"))
    assert code in rest
    assert b"dusk" not in rest
    assert Answer.objects.get().state == "aborted"


def test_nothing_is_looked_at_again_within_a_second(keeper, shelf, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(watch, "RECHECK_S", 60.0)
    stream = by_key(keeper, "/api/v1/answers").streaming_content
    next(stream)

    lose_the_key(keeper)

    assert b"event: done" in b"".join(stream)


def test_a_revoked_key_cannot_take_an_answer_up_again(keeper, shelf):
    _, key = key_issue(owner=keeper, name="reader")
    headers = {"Authorization": f"Bearer {key}"}
    answer = Client().post(
        "/api/v1/answers", {**ASKED, "stream": False}, content_type="application/json", headers=headers
    )
    path = f"/api/v1/answers/{answer.json()['id']}/stream"
    assert Client().get(path, headers=headers).status_code == 200

    lose_the_key(keeper)

    assert Client().get(path, headers=headers).status_code == 401


def test_a_role_lost_closes_the_rest_of_an_answer(keeper, shelf):
    _, key = key_issue(owner=keeper, name="reader")
    headers = {"Authorization": f"Bearer {key}"}
    answer = Client().post(
        "/api/v1/answers", {**ASKED, "stream": False}, content_type="application/json", headers=headers
    )

    lose_the_role(keeper)

    assert Client().get(f"/api/v1/answers/{answer.json()['id']}/stream", headers=headers).status_code == 404
