"""The root of an OLE container: its names in files of every size, and an end for those that run in circles."""

from __future__ import annotations

import io
import random

from ingest.compound import root_names
from tests.ole_file import Tree, ole_file


def names(content: bytes) -> frozenset[str]:
    return root_names(io.BytesIO(content))


def test_the_root_s_streams_and_storages_are_named_and_no_others() -> None:
    tree: Tree = {"WordDocument": b"x" * 5_000, "1Table": b"y", "ObjectPool": {"_1": {"Workbook": b"z"}}}

    assert names(ole_file(tree)) == {"WordDocument", "1Table", "ObjectPool"}


def test_a_directory_of_many_sectors_is_read_to_its_end() -> None:
    tree: Tree = {f"Stream {number}": b"x" for number in range(300)}

    assert names(ole_file(tree)) == set(tree)


def test_a_directory_behind_megabytes_is_found() -> None:
    """Past seven of them the header has no room for all sectors of the table that leads there."""
    content = ole_file({"PowerPoint Document": bytes(9 << 20), **{f"S{number}": b"x" for number in range(9)}})

    assert names(content) == {"PowerPoint Document", *(f"S{number}" for number in range(9))}


def test_a_damaged_container_ends() -> None:
    whole = ole_file({f"Stream {number}": b"x" * 70 for number in range(40)})
    for seed in range(300):
        chance = random.Random(seed)
        broken = bytearray(whole[: chance.randrange(1, len(whole))] if seed % 3 == 0 else whole)
        for _ in range(60):
            broken[chance.randrange(len(broken))] = chance.choice((0, 1, 2, 255))
        names(bytes(broken))


def test_what_is_no_container_has_no_names() -> None:
    assert names(b"") == names(bytes(512)) == names(b"\xd0\xcf\x11\xe0" * 200) == frozenset()
