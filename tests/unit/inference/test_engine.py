"""What the engine holds: one table of words where both networks were trained on the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.models.bert import BertForEmbedding, BertForSpans
from inference.networks import _share_words
from tests.tiny import write_encoder, write_reader


@pytest.mark.parametrize(("seed", "is_shared"), [(0, True), (1, False)])
def test_equal_words_are_held_once(tmp_path: Path, seed: int, is_shared: bool):
    encoder = BertForEmbedding.load(write_encoder(tmp_path / "encoder"), pooling="mean")
    reader = BertForSpans.load(write_reader(tmp_path / "reader", seed=seed))

    _share_words(reader, encoder)

    assert (reader.encoder.words is encoder.encoder.words) is is_shared
