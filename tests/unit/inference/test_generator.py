"""Streams begin, carry whole text, and end once, whatever befalls them; the network is a plain function."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from inference.chat import ChatTokenizer
from inference.completion import FinishReason, Message, SamplingParams
from inference.deadline import Deadline
from inference.errors import EngineFailed, InvalidRequest, Overloaded
from inference.generator import Generator, Run
from inference.kvcache.blocks import BlockPool
from inference.kvcache.prefix import PrefixCache
from inference.scheduler.continuous import ContinuousScheduler
from inference.step import Step
from tests.tiny_decoders import write_byte_tokenizer

SAYING = "the mill opened in 1912. 山は高い。"
Make = Callable[..., Generator]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> ChatTokenizer:
    folder = tmp_path_factory.mktemp("bytes")
    write_byte_tokenizer(folder)
    return ChatTokenizer(folder)


@pytest.fixture
def make(tokenizer: ChatTokenizer) -> Iterator[Make]:
    """Generators that are closed, and whose books balance, when the test is over."""
    made: list[tuple[Generator, ContinuousScheduler]] = []

    def opened(run: Run, *, num_blocks: int = 64, max_queue: int = 8, max_running: int = 4) -> Generator:
        scheduler = ContinuousScheduler(
            PrefixCache(BlockPool(num_blocks), block_size=4),
            max_running=max_running,
            max_step_tokens=64,
            max_queue=max_queue,
            max_tokens=500,
        )
        made.append((Generator(tokenizer, scheduler, run), scheduler))
        return made[-1][0]

    yield opened
    for generator, scheduler in made:
        broke = not generator.is_alive and scheduler.has_work
        generator.close()
        scheduler.check()
        assert broke or not scheduler.has_work


def saying(tokenizer: ChatTokenizer, text: str = SAYING) -> Run:
    """A network that says this text after any prompt, then ends."""
    said = [*tokenizer.encode(text), 257]

    def run(step: Step) -> list[list[int]]:
        return [[said[share.sequence.num_outputs]] if share.is_last else [] for share in step.shares]

    return run


def test_a_stream_says_the_text_and_then_that_it_finished(make: Make, tokenizer: ChatTokenizer):
    events = list(make(saying(tokenizer)).generate("Say it."))

    assert "".join(event.text for event in events) == SAYING
    assert [event.finish for event in events if event.finish] == [FinishReason.FINISHED]
    assert events[-1].num_prompt_tokens == 7


def test_turns_are_a_prompt_too(make: Make, tokenizer: ChatTokenizer):
    completion = make(saying(tokenizer)).generate([Message(role="user", content="Say it.")]).collect()

    assert (completion.text, completion.finish) == (SAYING, FinishReason.FINISHED)


def test_the_limit_of_tokens_ends_it(make: Make, tokenizer: ChatTokenizer):
    completion = make(saying(tokenizer)).generate("a", sampling=SamplingParams(max_tokens=4)).collect()

    assert (completion.text, completion.finish, completion.num_tokens) == ("the ", FinishReason.LENGTH, 4)


def test_a_stop_string_ends_it(make: Make, tokenizer: ChatTokenizer):
    completion = make(saying(tokenizer)).generate("a", sampling=SamplingParams(stop=("1912",))).collect()

    assert (completion.text, completion.finish) == ("the mill opened in ", FinishReason.FINISHED)


def test_many_at_once_each_hear_their_own(make: Make, tokenizer: ChatTokenizer):
    generator = make(saying(tokenizer), num_blocks=40, max_queue=30)
    streams = [generator.generate("ab" * n, sampling=SamplingParams(max_tokens=10 + n)) for n in range(1, 20)]

    completions = [stream.collect() for stream in streams]

    assert all(SAYING.startswith(completion.text.rstrip("\ufffd")) for completion in completions)
    assert [completion.num_tokens for completion in completions] == [10 + n for n in range(1, 20)]


def test_an_abort_ends_the_stream_with_what_was_said(make: Make, tokenizer: ChatTokenizer):
    turns, letter = threading.Semaphore(1), tokenizer.encode("a")

    def run(step: Step) -> list[list[int]]:
        turns.acquire(timeout=5)
        return [letter for _ in step.shares]

    generator = make(run)
    stream = generator.generate("a", sampling=SamplingParams(max_tokens=400), request_id="r1")
    said = next(stream)

    found = generator.abort("r1")
    turns.release()

    assert (said.text, found) == ("a", True)
    assert stream.collect().finish is FinishReason.ABORTED
    assert not generator.abort("r1")


def test_closing_the_stream_aborts(make: Make):
    hold = threading.Event()

    def run(step: Step) -> list[list[int]]:
        hold.wait(5)
        return [[97] for _ in step.shares]

    with make(run).generate("a", sampling=SamplingParams(max_tokens=400)) as stream:
        pass
    hold.set()

    assert stream.collect().finish is FinishReason.ABORTED


def test_a_deadline_ends_the_stream(make: Make):
    stream = make(lambda step: [[97] for _ in step.shares]).generate("a", deadline=Deadline(0.0))

    assert stream.collect().finish is FinishReason.DEADLINE


def test_a_sequence_that_breaks_the_step_fails_alone(make: Make, tokenizer: ChatTokenizer):
    says = saying(tokenizer)
    together = threading.Event()

    def run(step: Step) -> list[list[int]]:
        together.wait(5)
        if any(share.sequence.request_id == "poison" for share in step.shares):
            raise RuntimeError("not a number")
        return says(step)

    generator = make(run)
    good, bad = generator.generate("good"), generator.generate("bad", request_id="poison")
    together.set()

    assert bad.collect().finish is FinishReason.FAILED
    assert good.collect().text == SAYING


def test_when_the_loop_itself_breaks_every_stream_ends(make: Make):
    generator = make(lambda step: [])  # no picks at all: an invariant of ours is broken

    assert generator.generate("a").collect().finish is FinishReason.FAILED
    assert not generator.is_alive
    with pytest.raises(EngineFailed):
        generator.generate("b")


def test_a_full_queue_is_said_at_once(make: Make):
    hold = threading.Event()

    def run(step: Step) -> list[list[int]]:
        hold.wait(5)
        return [[97] for _ in step.shares]

    generator = make(run, max_queue=1, max_running=1)

    def flood() -> None:
        for _ in range(3):  # one runs, one waits
            generator.generate("a")

    with pytest.raises(Overloaded):
        flood()
    hold.set()


def test_an_empty_prompt_is_refused(make: Make, tokenizer: ChatTokenizer):
    with pytest.raises(InvalidRequest):
        make(saying(tokenizer)).generate("")


def test_closing_ends_every_stream(make: Make):
    generator = make(lambda step: [[97] for _ in step.shares])
    streams = [generator.generate("a", sampling=SamplingParams(max_tokens=450)) for _ in range(3)]

    generator.close()

    assert all(stream.collect().finish in (FinishReason.ABORTED, FinishReason.LENGTH) for stream in streams)
