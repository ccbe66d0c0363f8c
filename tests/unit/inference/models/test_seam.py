"""What lower layers make of a passage is computed once, kept within its bound, and the same for any question."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inference.models.bert import BertForSpans
from inference.models.row_attention import PackedRows
from inference.models.seam import Seam
from inference.quant.products import Products
from inference.request import Row
from tests.tiny import write_encoder

PASSAGES = [tuple(range(10, 18)), tuple(range(20, 25)), tuple(range(30, 37))]


@pytest.fixture
def reader(tmp_path: Path) -> BertForSpans:
    network = BertForSpans.load(write_encoder(tmp_path / "reader", span_head=True, layers_apart=1))
    network.encoder.arrange(lambda _, weights: Products.packed(weights, torch.float32))
    return network


def row(passage: tuple[int, ...], *, asked: tuple[int, ...] = (5, 6)) -> Row:
    return Row((2, *asked, 3, *passage, 3), second_from=len(asked) + 2)


def read(reader: BertForSpans, *rows: Row) -> list[torch.Tensor]:
    with torch.inference_mode():
        return list(reader(PackedRows.of(rows)).split([len(each) for each in rows]))


def test_a_passage_is_computed_once_for_all_questions(reader: BertForSpans):
    first = read(reader, *(row(passage) for passage in PASSAGES))
    other = read(reader, row(PASSAGES[1], asked=(7, 8, 9)))
    again = read(reader, *(row(passage) for passage in PASSAGES))

    assert (reader.seam.num_misses, reader.seam.num_hits, len(reader.seam)) == (3, 4, 3)
    for one, two in zip(first, again, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-5)
    assert other[0].shape == (len(PASSAGES[1]) + 6, 2)


def test_rows_do_not_depend_on_which_share_their_step(reader: BertForSpans):
    together = read(reader, *(row(passage) for passage in PASSAGES))
    reader.seam = Seam(1)

    alone = [read(reader, row(passage))[0] for passage in PASSAGES]

    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_the_least_recently_read_goes_first(reader: BertForSpans):
    one_passage = (len(PASSAGES[0]) + 1) * (16 + 4)  # sixteen channels of INT8 and a float32 scale a token
    reader.seam = Seam(1, max_bytes=2 * one_passage)
    for passage in (PASSAGES[0], PASSAGES[1], PASSAGES[0], PASSAGES[2]):
        read(reader, row(passage))

    read(reader, row(PASSAGES[0]))

    assert (reader.seam.num_hits, len(reader.seam)) == (2, 2)
    assert reader.seam.num_bytes <= 2 * one_passage


def open_folder(reader: BertForSpans, folder: Path, *, max_bytes: int = 1 << 20) -> Seam:
    """A seam as after a restart, which keeps passages in ``folder`` too."""
    reader.seam = seam = Seam(1)
    with torch.inference_mode():
        seam.open_folder(folder, reader.encoder, PackedRows.of([row(PASSAGES[0])]), max_bytes=max_bytes)
    return seam


def test_what_is_kept_in_a_folder_is_known_after_a_restart(reader: BertForSpans, tmp_path: Path):
    first_seam = open_folder(reader, tmp_path)
    first = read(reader, *(row(passage) for passage in PASSAGES))
    seam = open_folder(reader, tmp_path)

    again = read(reader, *(row(passage) for passage in PASSAGES))

    assert (first_seam.num_misses, seam.num_misses, seam.num_hits, len(seam)) == (3, 0, 3, 3)
    for one, two in zip(first, again, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-5)
    assert seam.num_bytes == first_seam.num_bytes


def test_what_memory_has_no_room_for_comes_from_the_folder(reader: BertForSpans, tmp_path: Path):
    seam = open_folder(reader, tmp_path)
    seam.max_bytes = 1
    for passage in (*PASSAGES, *PASSAGES):
        read(reader, row(passage))

    assert (seam.num_misses, seam.num_hits, len(seam)) == (3, 3, 0)


def test_another_arithmetic_finds_nothing_there(reader: BertForSpans, tmp_path: Path):
    open_folder(reader, tmp_path)
    read(reader, row(PASSAGES[0]))
    reader.encoder.arrange(lambda _, weights: Products.packed(weights, torch.bfloat16))

    seam = open_folder(reader, tmp_path)
    read(reader, row(PASSAGES[0]))

    assert (seam.num_misses, seam.num_hits) == (1, 0)
    assert len(list(tmp_path.glob("*/*.kv"))) == 2


def test_a_row_without_a_passage_is_a_question(reader: BertForSpans):
    (logits,) = read(reader, Row((2, 5, 6, 3), second_from=4))

    assert (logits.shape, len(reader.seam)) == ((4, 2), 0)
