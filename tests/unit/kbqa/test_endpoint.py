"""A generator elsewhere: its text as it comes, one finish at the end, and never longer than the deadline."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from inference.completion import FinishReason, Message, SamplingParams
from inference.deadline import Deadline
from inference.errors import DeadlineExceeded, EngineFailed, Overloaded
from kbqa.endpoint import Endpoint
from tests.openai_server import Script, chunk, openai_server

PROMPT = (Message(role="system", content="Be brief."), Message(role="user", content="When?"))


@contextmanager
def endpoint(script: Script, *, key: str = "") -> Iterator[Endpoint]:
    with openai_server(script) as served:
        asked = Endpoint(served.url, model="small", key=key)
        yield asked
        assert not asked._lines, "a line is never forgotten"


def generate(asked: Endpoint, *, seconds: float = 20, request_id: str = "one"):
    return asked.generate(
        PROMPT, sampling=SamplingParams(max_tokens=50), deadline=Deadline.after(seconds), request_id=request_id
    )


def test_text_comes_piece_by_piece_and_the_last_event_has_the_counts():
    with endpoint(Script(["In ", "1912."])) as asked:
        events = list(generate(asked))

    assert [event.text for event in events] == ["In ", "1912.", ""]
    assert [event.finish for event in events] == [None, None, FinishReason.FINISHED]
    assert (events[-1].num_prompt_tokens, events[-1].num_cached_tokens, events[-1].num_tokens) == (700, 512, 30)


def test_the_turns_the_limit_and_the_key_are_sent():
    script = Script(["In 1912."])
    with endpoint(script, key="secret") as asked:
        generate(asked).collect()

    body = script.asked[0]
    assert body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "When?"}]
    assert (body["model"], body["max_tokens"], body["temperature"], body["stream"]) == ("small", 50, 0.0, True)
    assert script.keys == ["Bearer secret"]


def test_without_a_key_none_is_sent():
    script = Script(["In 1912."])
    with endpoint(script) as asked:
        generate(asked).collect()

    assert script.keys == [None]


def test_a_text_cut_at_its_limit_says_so():
    with endpoint(Script(["In 19"], finish_reason="length")) as asked:
        assert generate(asked).collect().finish is FinishReason.LENGTH


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_overloaded_and_says_for_how_long(status: int):
    script = Script(status=status, headers={"Retry-After": "7"})
    with endpoint(script) as asked, pytest.raises(Overloaded) as refused:
        generate(asked)

    assert refused.value.retry_after_s == 7


@pytest.mark.parametrize("after", ["soon", "²", "9" * 400])
def test_a_busy_server_that_says_no_time_is_asked_again_in_a_second(after: str):
    script = Script(status=503, headers={"Retry-After": after})
    with endpoint(script) as asked, pytest.raises(Overloaded) as refused:
        generate(asked)

    assert refused.value.retry_after_s == 1


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 500])
def test_any_other_status_is_a_failure_and_no_redirect_is_followed(status: int):
    script = Script(["nothing"], status=status, headers={"Location": "/v1/chat/completions"})
    with endpoint(script) as asked, pytest.raises(EngineFailed, match=str(status)):
        generate(asked)

    assert len(script.asked) == 1


def test_a_server_that_is_not_there_is_a_failure():
    with openai_server(Script()) as gone:
        pass

    with pytest.raises(EngineFailed, match="cannot be reached"):
        generate(Endpoint(gone.url, model="small"))


def test_a_server_that_falls_silent_is_cut_off_at_the_deadline():
    script = Script(["In ", "1912."])
    script.gate.clear()
    with endpoint(script) as asked:
        started = time.perf_counter()
        events = list(generate(asked, seconds=0.3))

    assert [event.finish for event in events] == [None, FinishReason.DEADLINE]
    assert time.perf_counter() - started < 2


def test_a_server_that_takes_the_question_and_never_answers_is_cut_off_at_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        asked = Endpoint(f"http://127.0.0.1:{mute.getsockname()[1]}/v1", model="small")
        started = time.perf_counter()
        with pytest.raises(DeadlineExceeded):
            generate(asked, seconds=0.3)

    assert time.perf_counter() - started < 2
    assert not asked._lines


def test_an_abort_from_another_thread_ends_the_stream():
    script = Script(["In ", "1912."])
    script.gate.clear()
    with endpoint(script) as asked:
        stream = generate(asked, request_id="gone")
        first = next(stream)
        threading.Timer(0.1, asked.abort, ["gone"]).start()

        assert first.text == "In "
        assert [event.finish for event in stream] == [FinishReason.ABORTED]
    assert not asked.abort("gone")


def test_closing_a_stream_closes_the_line():
    script = Script(["In ", "1912."])
    script.gate.clear()
    with endpoint(script) as asked, generate(asked) as stream:
        next(stream)


@pytest.mark.parametrize(
    "said",
    [
        b"data: {not json\n\n",
        b"data: [1, 2]\n\n",
        b'data: {"choices": [3]}\n\n',
        b"data: " + b"x" * (1 << 20) + b"\n\n",
        b"\xff\xfe\n\n",
        b'data: {"usage": "many"}\n\n',
        b'data: {"usage": {"completion_tokens": "many", "prompt_tokens_details": 3}}\n\n',
        b"",
    ],
)
def test_what_is_no_answer_ends_as_failed_with_what_came_before(said: bytes):
    with endpoint(Script(speak=lambda write: (write(chunk("In 1912.")), write(said)))) as asked:  # type: ignore[func-returns-value,arg-type,return-value]  # both are called
        events = list(generate(asked))

    assert [event.text for event in events] == ["In 1912.", ""]
    assert events[-1].finish is FinishReason.FAILED


def test_an_answer_without_end_is_cut():
    def speak(write):
        for _ in range(40):
            write(chunk("x" * 900_000))

    with endpoint(Script(speak=speak)) as asked:
        assert generate(asked).collect().finish is FinishReason.FAILED


def test_an_address_with_a_path_and_a_slash_at_its_end_is_the_same_generator():
    assert (
        Endpoint("http://h/v1/", model="m").generator_fingerprint
        == Endpoint("http://h/v1", model="m").generator_fingerprint
    )
