"""Who shares a step, who waits, who is preempted; integers only, against a network that adds one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.completion import FinishReason, SamplingParams
from inference.deadline import Deadline
from inference.errors import InvalidRequest, Overloaded
from inference.kvcache.blocks import BlockPool
from inference.kvcache.prefix import PrefixCache
from inference.scheduler.continuous import ContinuousScheduler
from inference.sequence import Sequence
from inference.step import Step


def scheduler_of(
    *, num_blocks: int = 32, max_running: int = 4, max_step_tokens: int = 16, max_queue: int = 8, max_drafts: int = 0
) -> ContinuousScheduler:
    return ContinuousScheduler(
        PrefixCache(BlockPool(num_blocks), block_size=4),
        max_running=max_running,
        max_step_tokens=max_step_tokens,
        max_queue=max_queue,
        max_tokens=1000,
        max_drafts=max_drafts,
    )


def sequence_of(*prompt: int, max_tokens: int = 5, **more: object) -> Sequence:
    return Sequence(prompt=prompt, sampling=SamplingParams(max_tokens=max_tokens), **more)  # type: ignore[arg-type]


def count_on(step: Step) -> list[list[int]]:
    """A network whose next token is always the last one plus one."""
    picked = []
    for share in step.shares:
        ids = share.ids
        picked.append([token + 1 for token in ids[len(ids) - 1 - len(share.drafts) :]] if share.is_last else [])
    return picked


def run_to_the_end(scheduler: ContinuousScheduler, *, max_steps: int = 500) -> list[Step]:
    steps = []
    while scheduler.has_work:
        steps.append(step := scheduler.schedule())
        scheduler.deliver(step, count_on(step))
        scheduler.check()
        assert len(steps) < max_steps, "it must end"
    return steps


def test_a_prompt_is_computed_and_then_decoded_a_token_a_step():
    scheduler, sequence = scheduler_of(), sequence_of(10, 11, 12, max_tokens=3)
    scheduler.submit(sequence)

    steps = run_to_the_end(scheduler)

    assert [step.num_tokens for step in steps] == [3, 1, 1]
    assert sequence.tokens == [10, 11, 12, 13, 14, 15]
    assert sequence.finish is FinishReason.LENGTH


def test_a_long_prompt_goes_in_chunks_and_others_decode_meanwhile():
    scheduler = scheduler_of(max_step_tokens=8)
    scheduler.submit(sequence_of(1, 2, max_tokens=9))
    scheduler.submit(sequence_of(*range(100, 120)))

    steps = [scheduler.schedule()]
    scheduler.deliver(steps[0], count_on(steps[0]))
    steps.append(scheduler.schedule())

    assert [len(share.slots) for share in steps[0].shares] == [2, 6]
    assert [len(share.slots) for share in steps[1].shares] == [1, 7]


def test_no_step_is_over_its_budget():
    scheduler = scheduler_of(max_step_tokens=6, num_blocks=64)
    for first in range(0, 500, 100):
        scheduler.submit(sequence_of(*range(first, first + 13)))

    steps = run_to_the_end(scheduler)

    assert max(step.num_tokens for step in steps) == 6


def test_the_youngest_is_preempted_and_still_gets_its_tokens():
    scheduler = scheduler_of(num_blocks=6)
    first, second = sequence_of(*range(8), max_tokens=12), sequence_of(*range(50, 58), max_tokens=12)
    scheduler.submit(first)
    scheduler.submit(second)

    run_to_the_end(scheduler)

    assert scheduler.num_preempted > 0
    assert first.tokens == list(range(20))
    assert second.tokens == list(range(50, 70))


def test_a_preempted_sequence_goes_before_those_who_wait():
    scheduler = scheduler_of(num_blocks=6)
    first, second, third = (sequence_of(*range(at, at + 8), max_tokens=12) for at in (0, 50, 100))
    for sequence in (first, second, third):
        scheduler.submit(sequence)
    while not scheduler.num_preempted:
        step = scheduler.schedule()
        scheduler.deliver(step, count_on(step))

    assert scheduler.waiting[0] is second


def test_a_shared_prefix_is_computed_once():
    scheduler = scheduler_of()
    scheduler.submit(sequence_of(*range(12), 77))
    run_to_the_end(scheduler)
    later = sequence_of(*range(12), 88)
    scheduler.submit(later)

    step = scheduler.schedule()

    assert step.num_tokens == 1
    assert later.num_cached == 12


def test_an_end_token_ends_it_and_is_not_delivered():
    scheduler, sequence = scheduler_of(), sequence_of(1, max_tokens=9, end_ids=frozenset({4}))
    scheduler.submit(sequence)

    news = []
    while scheduler.has_work:
        step = scheduler.schedule()
        news += scheduler.deliver(step, count_on(step))

    assert [new for _, tokens in news for new in tokens] == [2, 3]
    assert sequence.finish is FinishReason.FINISHED


def test_an_abort_frees_the_blocks_before_the_next_step():
    scheduler, sequence = scheduler_of(), sequence_of(*range(9))
    scheduler.submit(sequence)
    scheduler.deliver(step := scheduler.schedule(), count_on(step))

    sequence.is_aborted = True
    step = scheduler.schedule()

    assert not step.shares
    assert scheduler.take_finished() == [sequence]
    assert sequence.finish is FinishReason.ABORTED
    scheduler.check()


def test_a_deadline_ends_what_runs_and_what_waits():
    scheduler = scheduler_of(max_running=1)
    running, waiting = sequence_of(1, deadline=Deadline.after(60)), sequence_of(2, deadline=Deadline(0.0))
    scheduler.submit(running)
    scheduler.deliver(step := scheduler.schedule(), count_on(step))
    scheduler.submit(waiting)
    running.deadline = Deadline(0.0)

    scheduler.schedule()

    assert [running.finish, waiting.finish] == [FinishReason.DEADLINE] * 2


def test_a_full_queue_says_when_to_come_again():
    scheduler = scheduler_of(max_queue=1)
    scheduler.submit(sequence_of(1))

    with pytest.raises(Overloaded) as caught:
        scheduler.submit(sequence_of(2))

    assert caught.value.retry_after_s > 0


@pytest.mark.parametrize("prompt", [(), tuple(range(128))])
def test_a_prompt_that_can_never_fit_is_refused(prompt: tuple[int, ...]):
    with pytest.raises(InvalidRequest):
        scheduler_of(num_blocks=32).submit(sequence_of(*prompt))


def test_the_context_ends_a_sequence_before_its_blocks_do():
    scheduler, sequence = scheduler_of(num_blocks=3), sequence_of(1, 2, max_tokens=100)
    scheduler.submit(sequence)

    run_to_the_end(scheduler)

    assert (len(sequence.tokens), sequence.finish) == (12, FinishReason.LENGTH)


def test_right_guesses_save_steps_and_change_no_token():
    """The text counts up, stops, and counts up again: the second time every guess is right."""
    prompt = (*range(20, 40), 5, 20, 21)
    tokens, num_steps = [], []
    for max_drafts in (0, 4):
        scheduler, sequence = scheduler_of(max_drafts=max_drafts), sequence_of(*prompt, max_tokens=12)
        scheduler.submit(sequence)
        num_steps.append(len(run_to_the_end(scheduler)))
        tokens.append(sequence.tokens)

    assert tokens[0] == tokens[1]
    assert num_steps[1] <= num_steps[0] - 8


def test_wrong_guesses_change_no_token():
    scheduler, sequence = scheduler_of(max_drafts=4), sequence_of(1, 2, 90, 91, 92, 1, max_tokens=12)
    scheduler.submit(sequence)

    run_to_the_end(scheduler)

    assert sequence.tokens[5:] == list(range(1, 14))
    assert scheduler.drafter.num_drafted > scheduler.drafter.num_accepted == 0


REQUESTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 14), st.integers(1, 12), st.booleans()), min_size=1, max_size=8
)


@given(REQUESTS, st.integers(7, 14), st.integers(4, 12), st.integers(0, 3))
def test_any_mix_of_requests_gets_its_own_tokens_and_ends_once(
    requests: list[tuple[int, int, int, bool]], num_blocks: int, max_step_tokens: int, max_drafts: int
):
    scheduler = scheduler_of(num_blocks=num_blocks, max_step_tokens=max_step_tokens, max_drafts=max_drafts)
    sequences = [sequence_of(*range(n, n + size), max_tokens=most) for n, size, most, _ in requests]
    for sequence in sequences:
        scheduler.submit(sequence)

    for sequence, (*_, aborts) in zip(sequences, requests, strict=True):
        step = scheduler.schedule()
        scheduler.deliver(step, count_on(step))
        scheduler.check()
        sequence.is_aborted = aborts and sequence.finish is None
    run_to_the_end(scheduler)

    told = scheduler.take_finished()
    assert sorted(map(id, told)) == sorted(map(id, sequences))
    for sequence in sequences:
        assert all(right == left + 1 for left, right in pairwise(sequence.tokens))
        assert sequence.is_aborted or sequence.num_outputs == sequence.sampling.max_tokens
