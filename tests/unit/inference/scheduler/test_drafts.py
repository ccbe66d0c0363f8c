"""Guesses are what followed before, after the longest ending that is known."""

from __future__ import annotations

import pytest

from inference.completion import SamplingParams
from inference.scheduler.drafts import Drafter, PromptLookup
from inference.sequence import Sequence
from inference.step import Share


def test_the_guess_is_what_followed_the_same_ending():
    assert PromptLookup().propose([5, 6, 7, 8, 9, 1, 5, 6, 7], max_drafts=3) == [8, 9, 1]


def test_a_longer_ending_decides():
    tokens = [1, 2, 3, 40, 9, 2, 3, 50, 1, 2, 3]

    assert PromptLookup().propose(tokens, max_drafts=1) == [40]


def test_of_equal_endings_the_latest_decides():
    assert PromptLookup().propose([1, 2, 30, 1, 2, 40, 1, 2], max_drafts=1) == [40]


def test_a_new_ending_is_no_guess():
    assert PromptLookup().propose([1, 2, 3, 4], max_drafts=4) == []
    assert PromptLookup().propose([1], max_drafts=4) == []


def test_what_is_added_later_is_found():
    lookup, tokens = PromptLookup(), [1, 2, 3]
    lookup.propose(tokens, max_drafts=2)

    tokens += [4, 1, 2]

    assert lookup.propose(tokens, max_drafts=2) == [3, 4]


def repeating(*, temperature: float = 0.0) -> Sequence:
    return Sequence(prompt=(1, 2, 3, 4, 5, 6) * 3, sampling=SamplingParams(temperature=temperature))


def share_of(sequence: Sequence, drafts: list[int]) -> Share:
    end = len(sequence.tokens)
    return Share(sequence=sequence, start=end - 1, end=end, drafts=tuple(drafts), block_ids=(), slots=())


@pytest.mark.parametrize(("picks", "num_accepted"), [([1, 2, 3, 4, 9], 4), ([1, 2, 9, 9, 9], 2), ([9] * 5, 0)])
def test_drafts_are_accepted_up_to_the_first_that_would_not_have_been_picked(picks: list[int], num_accepted: int):
    drafter, sequence = Drafter(max_drafts=4), repeating()
    drafts = drafter.propose(sequence, room=10)

    accepted = drafter.accept(share_of(sequence, drafts), picks)

    assert (len(drafts), accepted) == (4, num_accepted)
    assert (drafter.num_drafted, drafter.num_accepted) == (4, num_accepted)


def test_fewer_are_guessed_where_guesses_fail_and_more_where_they_hold_again():
    drafter, sequence, sizes = Drafter(max_drafts=4), repeating(), []
    for fails in (True, True, True, False, False, False):
        drafts = drafter.propose(sequence, room=10)
        drafter.accept(share_of(sequence, drafts), [9] * 5 if fails else [*drafts, 9])
        sizes.append(len(drafts))

    assert sizes == [4, 2, 1, 1, 2, 4]


def test_nothing_is_guessed_where_chance_decides_or_no_room_is():
    drafter = Drafter(max_drafts=4)

    assert drafter.propose(repeating(temperature=1.0), room=10) == []
    assert drafter.propose(repeating(), room=0) == []
    assert Drafter(max_drafts=0).propose(repeating(), room=10) == []
