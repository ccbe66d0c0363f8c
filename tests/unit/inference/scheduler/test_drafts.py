"""Guesses are what followed before, after the longest ending that is known."""

from __future__ import annotations

from inference.scheduler.drafts import PromptLookup


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
