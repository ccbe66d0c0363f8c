"""Chunks → unit vectors: each chunk with its context, in batches the encoder takes at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from .types import Chunk

if TYPE_CHECKING:
    import numpy as np

BATCH_CHUNKS = 64


class EmbeddingCancelled(Exception):
    """Nobody wants the vectors any more."""


class Encoder(Protocol):
    """What turns text into unit vectors; ``inference.Engine`` behind a door, or a fake in tests."""

    @property
    def dimension(self) -> int: ...

    @property
    def encoder_fingerprint(self) -> str:
        """Names the weights: vectors of equal fingerprints may be compared."""

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """The character range of each token of ``text``, in order, special tokens left out, nothing cut."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Float32 unit vectors of shape [texts, dimension]; a text over the window is cut at its end."""


def embedded_text(chunk: Chunk) -> str:
    """What the encoder reads: where the chunk stands, then its words."""
    return f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text


def embed_chunks(
    chunks: Sequence[Chunk],
    *,
    encoder: Encoder,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> np.ndarray:
    """A vector a chunk, in the chunks' order; batches hold chunks of like length, so that padding is little.

    ``progress`` hears chunks done, of how many, after each batch; ``cancelled``
    is asked before each. Raises EmbeddingCancelled.
    """
    import numpy

    found = numpy.zeros((len(chunks), encoder.dimension), dtype=numpy.float32)
    order = sorted(range(len(chunks)), key=lambda index: -chunks[index].num_tokens)
    for start in range(0, len(order), BATCH_CHUNKS):
        if cancelled and cancelled():
            raise EmbeddingCancelled
        batch = order[start : start + BATCH_CHUNKS]
        found[batch] = encoder.embed([embedded_text(chunks[index]) for index in batch])
        if progress:
            progress(min(start + BATCH_CHUNKS, len(order)), len(order))
    return found
