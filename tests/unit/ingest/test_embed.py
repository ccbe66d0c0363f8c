"""Vectors come in the order of the chunks, whatever the order of the batches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ingest.embed import BATCH_CHUNKS, EmbeddingCancelled, embed_chunks, embedded_text
from ingest.types import Chunk


class LengthEncoder:
    """A vector that says how long the text was; remembers its batches."""

    dimension = 2
    encoder_fingerprint = "length"

    def __init__(self) -> None:
        self.batch_sizes: list[int] = []

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [(index, index + 1) for index in range(len(text))]

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.batch_sizes.append(len(texts))
        return np.array([[len(text), 0] for text in texts], dtype=np.float32)


def chunks(*lengths: int) -> list[Chunk]:
    return [Chunk(text="x" * length, start=0, end=length, num_tokens=length) for length in lengths]


def test_each_chunk_gets_its_own_vector() -> None:
    vectors = embed_chunks(chunks(3, 50, 7), encoder=LengthEncoder())

    assert vectors[:, 0].tolist() == [3, 50, 7]
    assert vectors.dtype == np.float32


def test_no_chunks_give_an_empty_matrix() -> None:
    assert embed_chunks([], encoder=LengthEncoder()).shape == (0, 2)


def test_context_is_embedded_before_the_text() -> None:
    assert embedded_text(Chunk(text="body", start=0, end=4, context="Title › Part")) == "Title › Part\nbody"
    assert embedded_text(Chunk(text="body", start=0, end=4)) == "body"


def test_progress_is_told_after_each_batch() -> None:
    told: list[tuple[int, int]] = []
    encoder = LengthEncoder()

    embed_chunks(chunks(*range(1, BATCH_CHUNKS + 6)), encoder=encoder, progress=lambda *done: told.append(done))

    assert encoder.batch_sizes == [BATCH_CHUNKS, 5]
    assert told == [(BATCH_CHUNKS, BATCH_CHUNKS + 5), (BATCH_CHUNKS + 5, BATCH_CHUNKS + 5)]


def test_a_cancelled_embedding_stops_before_its_next_batch() -> None:
    encoder = LengthEncoder()

    with pytest.raises(EmbeddingCancelled):
        embed_chunks(chunks(*[1] * 200), encoder=encoder, cancelled=lambda: len(encoder.batch_sizes) >= 1)

    assert encoder.batch_sizes == [BATCH_CHUNKS]
