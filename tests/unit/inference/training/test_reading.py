"""Candidates are legal spans, scored alike whatever the batching, and windows cover long passages."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch

from inference.training.data import load_tokenizer
from inference.training.network import reader_from
from inference.training.reading import ReadConfig, Reader

PASSAGE = "The mill near the river opened in 1912 by Ada. It burned down."


def reader(base: Path, config: ReadConfig) -> Reader:
    return Reader(reader_from(base, seed=3), load_tokenizer(base), config)


def test_candidates_are_spans_of_the_passage_best_first(base: Path):
    (found,) = reader(base, ReadConfig(max_tokens=64, max_answer_tokens=3)).read([("When did the mill open?", PASSAGE)])

    assert 1 <= len(found) <= 5
    assert [one.margin for one in found] == sorted((one.margin for one in found), reverse=True)
    for one in found:
        assert PASSAGE[one.start : one.end].strip() == PASSAGE[one.start : one.end] != ""
        assert len(PASSAGE[one.start : one.end].split()) <= 3


def test_candidates_do_not_overlap(base: Path):
    (found,) = reader(base, ReadConfig(max_tokens=64)).read([("Who?", PASSAGE)])

    ordered = sorted(found, key=lambda one: one.start)
    assert all(left.end <= right.start for left, right in pairwise(ordered))


def test_batching_changes_no_score(base: Path):
    pairs = [("When?", PASSAGE), ("Who founded the mill?", "Ada."), ("Where?", PASSAGE * 2)]

    together = reader(base, ReadConfig(max_tokens=64, batch_tokens=4096)).read(pairs)
    apart = reader(base, ReadConfig(max_tokens=64, batch_tokens=1)).read(pairs)

    for one, other in zip(together, apart, strict=True):
        assert [c.start for c in one] == [c.start for c in other]
        assert [c.margin for c in one] == pytest.approx([c.margin for c in other], abs=1e-4)


def test_a_long_passage_is_read_to_its_end(base: Path):
    long = "cats sleep on mats . " * 12 + "Ada"
    asked = reader(base, ReadConfig(max_tokens=24, overlap=6, candidates_per_passage=200))

    (found,) = asked.read([("Who?", long)])

    assert max(one.end for one in found) == len(long)
    assert min(one.start for one in found) == 0


def test_the_margin_is_the_span_above_nothing(base: Path):
    asked = reader(base, ReadConfig(max_tokens=64))
    tokenizer = asked.tokenizer
    question, passage = (tokenizer.encode(text, add_special_tokens=False).ids for text in ("Who?", "Ada"))
    ids = torch.tensor([[101, *question, 102, *passage, 102]])
    types = torch.tensor([[0] * (len(question) + 2) + [1] * (len(passage) + 1)])

    (found,) = asked.read([("Who?", "Ada")])

    with torch.no_grad():
        output = asked.model(input_ids=ids, token_type_ids=types)
    at = len(question) + 2
    span = output.start_logits[0, at] + output.end_logits[0, at]
    nothing = output.start_logits[0, 0] + output.end_logits[0, 0]
    assert found[0].margin == pytest.approx(float(span - nothing), abs=1e-4)


def test_an_empty_passage_offers_nothing(base: Path):
    assert reader(base, ReadConfig(max_tokens=64)).read([("Who?", "")]) == [[]]
