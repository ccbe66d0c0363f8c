"""What was kept of a passage is found again, whole and unchanged, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.kvcache.passages import PassageBlocks, PassageStore

LAYERS, KV_HEADS, HEAD_DIM = 3, 2, 8
FILE_BYTES = 20 + LAYERS * 2 * 10 * KV_HEADS * (HEAD_DIM + 4)


def open_store(folder: Path, *, max_bytes: int = 1 << 20, kv_heads: int = KV_HEADS) -> PassageStore:
    return PassageStore(folder, max_bytes=max_bytes, before=(LAYERS, 2), after=(kv_heads, HEAD_DIM))


def passage_of(seed: int) -> tuple[tuple[int, ...], PassageBlocks]:
    """Ten tokens, and what a network made of them."""
    random = np.random.default_rng(seed)
    rounded = random.integers(-127, 128, (LAYERS, 2, 10, KV_HEADS, HEAD_DIM), dtype=np.int8)
    scales = random.random((LAYERS, 2, 10, KV_HEADS, 1), dtype=np.float32)
    return tuple(random.integers(0, 99, 10).tolist()), PassageBlocks(rounded, scales)


def test_what_is_kept_is_found_also_by_who_comes_later(tmp_path: Path):
    tokens, blocks = passage_of(1)
    open_store(tmp_path).keep(tokens, blocks)

    found = open_store(tmp_path).find(tokens)

    assert found
    assert np.array_equal(found.rounded, blocks.rounded)
    assert np.array_equal(found.scales, blocks.scales)


def test_another_passage_is_not_found(tmp_path: Path):
    store = open_store(tmp_path)
    store.keep(*passage_of(1))

    assert passage_of(2)[0] not in store
    assert store.find(passage_of(2)[0]) is None
    assert (store.num_hits, store.num_misses) == (0, 1)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("spoil", [cut, flip, Path.unlink, lambda path: path.write_bytes(b"")])
def test_a_spoiled_file_is_a_miss_and_written_anew(tmp_path: Path, spoil: Callable[[Path], None]):
    store, (tokens, blocks) = open_store(tmp_path), passage_of(1)
    store.keep(tokens, blocks)
    spoil(next(tmp_path.glob("*.kv")))

    assert store.find(tokens) is None

    assert tokens not in store
    store.keep(tokens, blocks)
    assert store.find(tokens)
    store.check()


def test_a_file_of_another_shape_is_a_miss(tmp_path: Path):
    tokens, blocks = passage_of(1)
    open_store(tmp_path).keep(tokens, blocks)

    assert open_store(tmp_path, kv_heads=1).find(tokens) is None
    same_size = PassageStore(tmp_path, max_bytes=1 << 20, before=(2, LAYERS), after=(KV_HEADS, HEAD_DIM))
    assert same_size.find(tokens) is None


def test_states_of_tokens_are_kept_too(tmp_path: Path):
    rounded, scales = np.ones((5, 16), dtype=np.int8), np.full((5, 1), 0.5, dtype=np.float32)
    PassageStore(tmp_path, max_bytes=1 << 20, after=(16,)).keep(range(5), PassageBlocks(rounded, scales))

    found = PassageStore(tmp_path, max_bytes=1 << 20, after=(16,)).find(range(5))

    assert found
    assert np.array_equal(found.rounded, rounded)
    assert np.array_equal(found.scales, scales)


def test_the_least_recently_used_goes_first(tmp_path: Path):
    store, passages = open_store(tmp_path, max_bytes=2 * FILE_BYTES), [passage_of(seed) for seed in range(3)]
    store.keep(*passages[0])
    store.keep(*passages[1])
    store.find(passages[0][0])

    store.keep(*passages[2])

    assert [tokens in store for tokens, _ in passages] == [True, False, True]
    assert len(list(tmp_path.glob("*.kv"))) == 2
    store.check()


def test_what_was_used_last_is_known_after_a_restart(tmp_path: Path):
    passages = [passage_of(seed) for seed in range(2)]
    store = open_store(tmp_path)
    for place, (tokens, blocks) in enumerate(passages):
        store.keep(tokens, blocks)
        os.utime(next(tmp_path.glob(f"{_stem(store)}*")), (place, place))
    store.find(passages[0][0])

    smaller = open_store(tmp_path, max_bytes=FILE_BYTES)

    assert [tokens in smaller for tokens, _ in passages] == [True, False]
    smaller.check()


def _stem(store: PassageStore) -> str:
    return next(reversed(store._sizes))


def test_nothing_larger_than_the_store_is_kept(tmp_path: Path):
    store = open_store(tmp_path, max_bytes=FILE_BYTES - 1)

    store.keep(*passage_of(1))

    assert len(store) == 0
    assert not list(tmp_path.glob("*.kv"))


def test_a_disk_that_refuses_is_no_failure(tmp_path: Path):
    store = open_store(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    store.keep(*passage_of(1))

    assert len(store) == 0


def test_what_could_not_be_finished_leaves_nothing_behind(tmp_path: Path):
    store, (tokens, blocks) = open_store(tmp_path), passage_of(1)
    store.keep(tokens, blocks)
    name = _stem(store)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()  # nothing can be put in its place

    store.keep(tokens, blocks)

    assert not list(tmp_path.glob(".new-*"))


def test_what_a_killed_process_left_half_written_is_swept_in_time(tmp_path: Path):
    left, being_written = tmp_path / ".new-left", tmp_path / ".new-now"
    for path in (left, being_written):
        path.write_bytes(b"KVP1")
    os.utime(left, (0, 0))

    open_store(tmp_path)

    assert list(tmp_path.glob(".new-*")) == [being_written]


def test_files_of_others_are_left_alone(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")

    open_store(tmp_path, max_bytes=1).keep(*passage_of(1))

    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_count_that_is_wrong_is_noticed(tmp_path: Path):
    store = open_store(tmp_path)
    store.keep(*passage_of(1))
    cut(next(tmp_path.glob("*.kv")))

    with pytest.raises(AssertionError, match="is listed with"):
        store.check()
