"""Shared prefixes are found, outlive their requests, and make room when it is needed."""

from __future__ import annotations

import pytest

from inference.kvcache.block_table import BlockTable
from inference.kvcache.blocks import BlockPool
from inference.kvcache.prefix import ROOT, PrefixCache, chain_digest


@pytest.fixture
def cache() -> PrefixCache:
    return PrefixCache(BlockPool(8), block_size=4)


def claim(cache: PrefixCache, tokens: range | list[int]) -> BlockTable:
    """A table that holds ``tokens``, computed and kept."""
    table = BlockTable(cache)
    start = table.adopt(list(tokens))
    table.grow(start=start, end=len(tokens))
    table.keep(list(tokens), num_computed=len(tokens))
    return table


def test_a_prefix_is_found_after_its_request_is_gone(cache: PrefixCache):
    first = claim(cache, range(16))
    blocks = list(first.block_ids)
    first.free()

    second = claim(cache, [*range(16), 99])

    assert second.block_ids[:4] == blocks
    cache.check([second.block_ids])


def test_equal_blocks_after_different_prefixes_are_not_shared(cache: PrefixCache):
    first = claim(cache, [0, 0, 0, 0, 7, 7, 7, 7])

    second = claim(cache, [1, 1, 1, 1, 7, 7, 7, 7])

    assert not set(first.block_ids) & set(second.block_ids)


def test_a_digest_names_order_and_parent():
    assert chain_digest(ROOT, [1, 2]) != chain_digest(ROOT, [2, 1])
    assert chain_digest(chain_digest(ROOT, [1, 2]), [3, 4]) != chain_digest(ROOT, [3, 4])


def test_the_least_recently_used_block_is_evicted_first(cache: PrefixCache):
    claim(cache, range(16)).free()
    claim(cache, range(100, 116)).free()
    claim(cache, range(16)).free()

    claim(cache, range(200, 208)).free()

    assert BlockTable(cache).adopt([*range(16), 0]) == 16
    assert BlockTable(cache).adopt([*range(100, 116), 0]) == 8


def test_the_end_of_a_chain_is_evicted_before_its_beginning(cache: PrefixCache):
    claim(cache, range(32)).free()

    claim(cache, range(100, 104)).free()

    assert BlockTable(cache).adopt([*range(32), 0]) == 28


def test_free_blocks_go_before_cached_ones(cache: PrefixCache):
    claim(cache, range(16)).free()

    claim(cache, range(100, 116))

    assert BlockTable(cache).adopt([*range(16), 0]) == 16


def test_held_blocks_are_never_evicted(cache: PrefixCache):
    held = claim(cache, range(24))

    assert not cache.can_allocate(3)
    assert cache.can_allocate(2)
    cache.check([held.block_ids])


def test_reuse_can_be_turned_off():
    cache = PrefixCache(BlockPool(8), block_size=4, reuse=False)
    claim(cache, range(16)).free()

    assert BlockTable(cache).adopt(list(range(17))) == 0
    assert cache.pool.num_free == 8


def test_clearing_forgets_what_nobody_holds(cache: PrefixCache):
    claim(cache, range(8))  # and holds it
    claim(cache, range(100, 108)).free()

    cache.clear()

    assert BlockTable(cache).adopt(list(range(100, 109))) == 0
    assert BlockTable(cache).adopt(list(range(9))) == 8
