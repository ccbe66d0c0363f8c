"""The official OpenAI client, pointed at a running site: the same cited answers, whole or as a stream."""

from collections.abc import Iterator

import openai
import pytest
from django.test import Client

from kbqa.accounts.services import key_issue

from .conftest import RIVER
from .site import Site

pytestmark = [pytest.mark.slow]

QUESTION = [{"role": "user", "content": "When is the lock at Aston closed?"}]
QUOTE = "The lock at Aston is closed from December to February."


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{site.url}/v1", api_key=site.key, max_retries=0) as connected:
        yield connected


def test_the_model_is_listed(client: openai.OpenAI):
    assert [model.id for model in client.models.list()] == ["kbqa"]


def test_a_completion_carries_the_answer_and_its_citations(client: openai.OpenAI):
    reply = client.chat.completions.create(model="kbqa", messages=QUESTION, temperature=0.2, max_tokens=100)

    content = reply.choices[0].message.content
    assert "December to February" in content
    assert f"“{QUOTE}”" in content
    assert reply.choices[0].finish_reason == "stop"
    assert reply.id.removeprefix("chatcmpl-")
    assert reply.model_extra["citations"][0]["quote"] == QUOTE


def test_a_stream_adds_up_to_the_same_answer(client: openai.OpenAI):
    whole = client.chat.completions.create(model="kbqa", messages=QUESTION)

    chunks = list(client.chat.completions.create(model="kbqa", messages=QUESTION, stream=True))

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"
    assert len({chunk.id for chunk in chunks}) == 1
    cited = [chunk.model_extra["citations"] for chunk in chunks if "citations" in (chunk.model_extra or {})]
    assert cited[0][0]["quote"] == QUOTE


def test_the_usage_is_told_at_the_end_of_a_stream_to_whoever_asks(client: openai.OpenAI):
    asked = {"include_usage": True}

    last = list(client.chat.completions.create(model="kbqa", messages=QUESTION, stream=True, stream_options=asked))[-1]

    assert last.choices == []
    assert last.usage.total_tokens == 0


def test_parts_of_text_and_earlier_turns_are_understood(client: openai.OpenAI):
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": [{"type": "text", "text": "When was the oldest oak in Harrow Wood planted?"}]},
    ]

    reply = client.chat.completions.create(model="kbqa", messages=messages)

    assert "1641" in reply.choices[0].message.content


def test_what_is_not_in_the_documents_is_said_not_to_be(client: openai.OpenAI):
    messages = [{"role": "user", "content": "What is the boiling point of tungsten?"}]

    reply = client.chat.completions.create(model="kbqa", messages=messages)

    assert reply.choices[0].message.content == "Not found in your documents."
    assert reply.model_extra["citations"] == []


@pytest.mark.django_db(transaction=True)
def test_what_is_too_unsure_to_be_an_answer_is_said_to_be_so(put, owner, settings):
    settings.ABSTAIN_BELOW = 1.0
    put("river.txt", RIVER)
    client = Client(headers={"Authorization": f"Bearer {key_issue(owner=owner, name='chat')[1]}"})

    reply = client.post("/v1/chat/completions", {"messages": QUESTION}, content_type="application/json").json()

    said = "No sure answer in your documents. Nearest comes this, which may not answer it:"
    assert reply["choices"][0]["message"]["content"] == f"{said}\n\n[1] river.txt: “{QUOTE}”"
    assert reply["citations"] == []


def test_errors_are_the_clients_own_exceptions_with_a_sentence(site: Site, client: openai.OpenAI):
    stranger = openai.OpenAI(base_url=f"{site.url}/v1", api_key="kb_00000000_wrong", max_retries=0)

    with stranger, pytest.raises(openai.AuthenticationError, match="wrong, expired or revoked"):
        stranger.models.list()
    with pytest.raises(openai.UnprocessableEntityError, match="The question is empty"):
        client.chat.completions.create(model="kbqa", messages=[{"role": "user", "content": " "}])
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="kbqa", input="text")
