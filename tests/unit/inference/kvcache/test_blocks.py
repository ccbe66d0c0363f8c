"""The pool's books balance whatever the order of taking, sharing and dropping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.kvcache.blocks import BlockPool


def test_every_block_is_handed_out_once():
    pool = BlockPool(4)

    taken = [pool.allocate() for _ in range(4)]

    assert sorted(taken) == [0, 1, 2, 3]
    assert not pool.can_allocate(1)


def test_a_shared_block_is_free_after_its_last_holder():
    pool = BlockPool(1)
    block_id = pool.allocate()
    pool.share(block_id)

    pool.free(block_id)
    held = pool.num_free
    pool.free(block_id)

    assert (held, pool.num_free) == (0, 1)


def test_freeing_twice_is_noticed():
    pool = BlockPool(1)
    pool.free(pool.allocate())

    with pytest.raises(AssertionError, match="freed twice"):
        pool.free(0)


def test_a_holder_that_is_not_counted_is_noticed():
    pool = BlockPool(2)
    held = [pool.allocate()]

    with pytest.raises(AssertionError, match="references, holders"):
        pool.check([held, held])


@given(st.lists(st.tuples(st.sampled_from(["allocate", "share", "free"]), st.integers(0, 99)), max_size=60))
def test_any_order_of_acts_leaves_the_books_balanced(acts: list[tuple[str, int]]):
    pool = BlockPool(6)
    held: list[int] = []

    for act, pick in acts:
        if act == "allocate" and pool.can_allocate(1):
            held.append(pool.allocate())
        elif act == "share" and held:
            held.append(held[pick % len(held)])
            pool.share(held[-1])
        elif act == "free" and held:
            pool.free(held.pop(pick % len(held)))
        pool.check([held])
