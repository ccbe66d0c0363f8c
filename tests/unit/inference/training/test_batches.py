"""Windows hold their answers; batches hold every row and little else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.training.batches import CLS, SEP, Row, batches_of_pool, collate, cut_row, epoch_order
from inference.training.data import UNANSWERED, Examples, Question, Ragged, load_tokenizer, tokenise


def one_example(*, passage_tokens: int, start: int, stop: int) -> Examples:
    column = np.zeros(1, dtype=np.int32)
    return Examples(
        contexts=Ragged.of([list(range(1000, 1000 + passage_tokens))]),
        questions=Ragged.of([[500, 501, 502]]),
        titles=column,
        headings=Ragged.of([[700, 701]]),
        question_of=column,
        context_of=column,
        start=column + start,
        stop=column + stop,
        num_early=1,
    )


@given(st.integers(1, 200), st.integers(0, 199), st.integers(1, 12), st.integers(24, 80), st.integers(0, 9))
def test_a_window_of_any_size_holds_its_answer(tokens: int, start: int, length: int, max_tokens: int, seed: int):
    start = min(start, tokens - 1)
    stop = min(tokens, start + length)
    examples = one_example(passage_tokens=tokens, start=start, stop=stop)

    row = cut_row(examples, 0, max_tokens=max_tokens, random=np.random.default_rng(seed))

    assert row.length <= max_tokens
    ids = collate([row]).input_ids[0].tolist()
    assert ids[row.start : row.end + 1] == list(range(1000 + start, 1000 + stop))


def test_an_unanswered_row_points_at_cls():
    row = cut_row(
        one_example(passage_tokens=90, start=UNANSWERED, stop=UNANSWERED),
        0,
        max_tokens=40,
        random=np.random.default_rng(0),
    )

    assert (row.start, row.end) == (0, 0)
    assert row.length == 40


@given(st.integers(1, 200), st.integers(0, 199), st.integers(24, 80), st.integers(0, 9))
def test_a_title_stands_before_the_window_and_is_never_the_answer(tokens: int, start: int, max_tokens: int, seed: int):
    start = min(start, tokens - 1)
    examples = one_example(passage_tokens=tokens, start=start, stop=start + 1)

    row = cut_row(examples, 0, max_tokens=max_tokens, random=np.random.default_rng(seed), titled=1.0)

    batch = collate([row])
    ids, body = batch.input_ids[0].tolist(), row.body
    assert row.length <= max_tokens
    assert ids[body - 2 : body] == [700, 701]
    assert ids[row.start] == 1000 + start
    assert batch.token_type_ids[0, body - 2 : -1].all()
    assert not batch.allowed[0, 1:body].any()


def test_a_batch_marks_passage_padding_and_allowed_positions():
    question, passage = np.asarray([7, 8], dtype=np.int32), np.asarray([9], dtype=np.int32)
    longer = np.asarray([9, 10], dtype=np.int32)

    batch = collate(
        [
            Row(question=question, passage=passage, start=4, end=4),
            Row(question=question, passage=longer, start=0, end=0),
        ]
    )

    assert batch.input_ids.tolist() == [[CLS, 7, 8, SEP, 9, SEP, 0], [CLS, 7, 8, SEP, 9, 10, SEP]]
    assert batch.token_type_ids.tolist() == [[0, 0, 0, 0, 1, 1, 0], [0, 0, 0, 0, 1, 1, 1]]
    assert batch.attention_mask.sum(dim=1).tolist() == [6, 7]
    assert batch.allowed[0].tolist() == [True, False, False, False, True, False, False]


def test_a_pool_is_batched_whole_and_within_the_budget(base: Path, questions: list[Question]):
    examples = tokenise(questions, load_tokenizer(base))
    random = np.random.default_rng(0)
    rows = [cut_row(examples, at, max_tokens=32, random=random) for at in range(len(examples))]

    batches = list(batches_of_pool(rows, batch_tokens=96, random=random))

    assert sum(len(batch.start) for batch in batches) == len(rows)
    assert all(batch.input_ids.numel() <= 96 for batch in batches)


@pytest.mark.parametrize("epoch", [0, 3])
def test_an_epochs_order_is_a_permutation_that_can_be_had_again(epoch: int):
    order = epoch_order(50, epoch=epoch, seed=1)

    assert sorted(order.tolist()) == list(range(50))
    assert np.array_equal(order, epoch_order(50, epoch=epoch, seed=1))
    assert not np.array_equal(order, epoch_order(50, epoch=epoch + 1, seed=1))
