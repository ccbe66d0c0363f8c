"""A text that a document repeats (boilerplate, a copied page) is indexed once, at its first place."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from .types import Chunk


def without_repeats(chunks: Iterable[Chunk]) -> list[Chunk]:
    """The chunks in order, without those whose words stood in an earlier one under the same headings or none.

    White space and case do not count.
    """
    seen: set[bytes] = set()
    kept = []
    for chunk in chunks:
        key = text_key(chunk.text)
        if key not in seen:
            seen.add(key)
            kept.append(chunk)
    return kept


def text_key(text: str) -> bytes:
    """Equal for texts that differ only in white space and case."""
    return blake2b(" ".join(text.split()).casefold().encode(), digest_size=16).digest()
