"""A minute holds so many questions, whoever counts; what is left is in the headers."""

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.http import HttpRequest

from kbqa.errors import TooMany
from kbqa.limits import rates
from kbqa.limits.rates import request_spend
from tests import factories
from tests.unit.kbqa.api.conftest import client_of


def spend(*askers, now=0.0):
    request = HttpRequest()
    request_spend(request, *askers, now=now)
    return request.rate


@pytest.fixture(autouse=True)
def _three_a_minute(settings):
    settings.ASKS_A_MINUTE = 3


def test_a_minute_is_used_up_and_begins_again():
    assert [spend("user:1", now=at).headers["RateLimit-Remaining"] for at in (0, 20, 59)] == ["2", "1", "0"]

    with pytest.raises(TooMany, match="try again in 1 s"):
        spend("user:1", now=59)
    assert spend("user:1", now=60).used == 1


def test_one_askers_minute_is_no_others():
    for _ in range(3):
        spend("user:1")

    assert spend("user:2").used == 1


def test_a_person_has_no_more_for_having_many_keys():
    for key in ("key:a", "key:b", "key:c"):
        spend("user:1", key)

    with pytest.raises(TooMany):
        spend("user:1", "key:d")


def test_without_a_shared_cache_each_process_counts_for_itself(monkeypatch):
    def away(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(type(cache._connections[cache._alias]), "incr", away)
    for _ in range(3):
        spend("user:1", now=6000)

    with pytest.raises(TooMany):
        spend("user:1", now=6000)


def test_no_limit_is_no_count(settings):
    settings.ASKS_A_MINUTE = 0
    request = HttpRequest()

    for _ in range(10):
        request_spend(request, "user:1")

    assert not hasattr(request, "rate")


@pytest.fixture
def _in_one_minute(monkeypatch):
    """However long the first answer takes, which starts an engine."""
    monkeypatch.setattr(rates, "time", SimpleNamespace(time=lambda: 6030.0))


@pytest.mark.usefixtures("_in_one_minute")
@pytest.mark.django_db
def test_a_refusal_is_a_problem_that_says_when_to_come_back():
    api = client_of(factories.user())
    body = {"question": "Is anything here?"}
    answers = [api.post("/api/v1/answers", body) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0]["RateLimit-Limit"] == "3"
    refused = answers[3]
    assert (refused.data["code"], refused["RateLimit-Remaining"]) == ("too_many_requests", "0")
    assert int(refused["Retry-After"]) >= 1


@pytest.mark.usefixtures("_in_one_minute")
@pytest.mark.django_db
def test_a_person_on_the_pages_is_counted_with_their_keys(client):
    person = factories.user()
    client.force_login(person)
    for _ in range(3):
        client_of(person).post("/api/v1/search", {"question": "Is anything here?"})

    response = client.post("/ask/stream", {"question": "And here?"}, headers={"Accept": "text/event-stream"})

    assert (response.status_code, response.json()["code"]) == (429, "too_many_requests")
    assert response["Retry-After"]


@pytest.mark.usefixtures("_in_one_minute")
@pytest.mark.django_db
def test_a_chat_client_and_an_assistant_are_counted_too():
    api = client_of(factories.user())
    chat = {"messages": [{"role": "user", "content": "Is anything here?"}]}
    call = {"name": "ask", "arguments": {"question": "And here?"}}
    answered = [api.post("/v1/chat/completions", chat, format="json") for _ in range(3)]

    refused = api.post("/v1/chat/completions", chat, format="json")
    told = api.post(
        "/mcp",
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
        format="json",
        headers={"Accept": "application/json, text/event-stream"},
    )

    assert [answer["RateLimit-Remaining"] for answer in (*answered, refused)] == ["2", "1", "0", "0"]
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_requests")
    assert told.json()["result"]["isError"] is True
    assert "At most 3 questions a minute" in told.json()["result"]["content"][0]["text"]
    assert told["RateLimit-Remaining"] == "0"
