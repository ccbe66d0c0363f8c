"""A request's blocks: what it may write, what it shares, and what a writer leaves alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inference.kvcache.block_table import BlockTable
from inference.kvcache.blocks import BlockPool
from inference.kvcache.prefix import PrefixCache


def cache_of(num_blocks: int, *, block_size: int = 4) -> PrefixCache:
    return PrefixCache(BlockPool(num_blocks), block_size=block_size)


def test_positions_lie_in_their_blocks():
    table = BlockTable(cache_of(3))
    table.grow(start=0, end=6)
    first, second = table.block_ids

    assert table.slots(2, 6) == [first * 4 + 2, first * 4 + 3, second * 4, second * 4 + 1]


def test_growing_takes_no_block_before_it_is_needed():
    table = BlockTable(cache_of(3))

    sizes = []
    for end in (1, 4, 5, 8, 9):
        table.grow(start=end - 1, end=end)
        sizes.append(len(table.block_ids))

    assert sizes == [1, 1, 2, 2, 3]


def test_the_last_token_of_a_known_prompt_is_computed_again():
    cache = cache_of(4)
    first = BlockTable(cache)
    first.grow(start=0, end=8)
    first.keep(list(range(8)), num_computed=8)

    spared = BlockTable(cache).adopt(list(range(8)))

    assert spared == 7


def test_writing_to_a_block_another_table_holds_takes_a_copy():
    cache = cache_of(4)
    first, second = BlockTable(cache), BlockTable(cache)
    first.grow(start=0, end=8)
    first.keep(list(range(8)), num_computed=8)

    copies = second.grow(start=second.adopt(list(range(8))), end=8)

    assert copies == [(first.block_ids[1], second.block_ids[1])]
    assert second.block_ids[0] == first.block_ids[0]
    cache.check([first.block_ids, second.block_ids])


def test_a_full_cache_still_serves_the_prompt_it_is_full_of():
    cache = cache_of(2)
    first = BlockTable(cache)
    first.grow(start=0, end=8)
    first.keep(list(range(8)), num_computed=8)
    first.free()
    second = BlockTable(cache)

    assert second.can_adopt_and_grow(list(range(8)))
    start = second.adopt(list(range(8)))
    assert second.grow(start=start, end=8) == []
    cache.check([second.block_ids])


ACTS = st.lists(
    st.tuples(st.sampled_from(["start", "step", "stop"]), st.integers(0, 9), st.integers(0, 3)), max_size=50
)


@given(ACTS, st.integers(2, 12))
def test_any_life_of_many_tables_leaves_the_books_balanced(acts: list[tuple[str, int, int]], num_blocks: int):
    """Sequences over few tokens, so that prefixes are often shared; a shadow of every slot says whose it is."""
    cache = cache_of(num_blocks, block_size=2)
    alive: list[tuple[BlockTable, list[int]]] = []
    shadow: dict[int, tuple[int, ...]] = {}  # slot → the tokens up to the one whose key it holds

    def write(table: BlockTable, tokens: list[int], start: int) -> None:
        for source, target in table.grow(start=start, end=len(tokens)):
            shadow.update({target * 2 + place: shadow.get(source * 2 + place, ()) for place in range(2)})
        for position, slot in zip(range(start, len(tokens)), table.slots(start, len(tokens)), strict=True):
            shadow[slot] = tuple(tokens[: position + 1])
        table.keep(tokens, num_computed=len(tokens))

    for act, pick, token in acts:
        if act == "start":
            tokens = [token, token, pick % 2, pick % 3]
            table = BlockTable(cache)
            if table.can_adopt_and_grow(tokens):
                write(table, tokens, table.adopt(tokens))
                alive.append((table, tokens))
        elif alive and act == "step":
            table, tokens = alive[pick % len(alive)]
            if table.can_grow(start=len(tokens), end=len(tokens) + 1):
                tokens.append(token)
                write(table, tokens, len(tokens) - 1)
        elif alive and act == "stop":
            alive.pop(pick % len(alive))[0].free()

        cache.check([table.block_ids for table, _ in alive])
        for table, tokens in alive:
            slots = table.slots(0, len(tokens))
            assert [shadow[slot] for slot in slots] == [tuple(tokens[: n + 1]) for n in range(len(tokens))]
