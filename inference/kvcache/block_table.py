"""BlockTable: one request's logical → physical blocks.

Position p lies in ``block_ids[p // block_size]``. A block that other tables
hold is never written: growing over it takes a copy first (copy-on-write), and the copies
are told to whoever runs the step, in the order in which they must be made.
"""

from __future__ import annotations

from collections.abc import Sequence

from .prefix import ROOT, PrefixCache, chain_digest

Copy = tuple[int, int]  # from block, to block


class BlockTable:
    """Holds one reference on each of its blocks until `free`."""

    def __init__(self, cache: PrefixCache) -> None:
        self._cache = cache
        self.block_ids: list[int] = []
        self._digests: list[bytes] = []  # of the leading full blocks, as far as they are kept

    @property
    def block_size(self) -> int:
        return self._cache.block_size

    def adopt(self, tokens: Sequence[int]) -> int:
        """Share the longest known prefix; how many tokens it spares, at most all but the last.

        The last token is always computed, for its logits, so `grow` may copy the last block.
        """
        assert not self.block_ids, "adopt comes first"
        for found, digest in self._known(tokens):
            self._cache.share(found)
            self.block_ids.append(found)
            self._digests.append(digest)
        return max(0, min(len(self.block_ids) * self.block_size, len(tokens) - 1))

    def can_adopt_and_grow(self, tokens: Sequence[int]) -> bool:
        """Whether a new table could hold all of ``tokens``, adopted blocks and a copy counted."""
        known = [block_id for block_id, _ in self._known(tokens)]
        idle = sum(self._cache.is_idle(block_id) for block_id in known)
        copied = int(len(known) * self.block_size == len(tokens) and not self._cache.is_idle(known[-1]))
        return self._cache.can_allocate(self._blocks_for(len(tokens)) - len(known) + idle + copied)

    def can_grow(self, *, start: int, end: int) -> bool:
        """Whether `grow` would find its blocks."""
        copied = sum(map(self._cache.is_shared, self._written(start, end)))
        return self._cache.can_allocate(self._blocks_for(end) - len(self.block_ids) + copied)

    def grow(self, *, start: int, end: int) -> list[Copy]:
        """Make positions [start, end) writable; ask `can_grow` first."""
        copies = []
        for place in range(start // self.block_size, min(self._blocks_for(end), len(self.block_ids))):
            if self._cache.is_shared(shared := self.block_ids[place]):
                own = self._cache.allocate()
                self._cache.release([shared])
                self.block_ids[place] = own
                del self._digests[place:]
                copies.append((shared, own))
            else:
                self._cache.forget(shared)
                del self._digests[place:]
        while len(self.block_ids) < self._blocks_for(end):
            self.block_ids.append(self._cache.allocate())
        return copies

    def keep(self, tokens: Sequence[int], *, num_computed: int) -> None:
        """Let others reuse every block that ``tokens[:num_computed]`` fills."""
        if not self._cache.reuse:
            return
        for place in range(len(self._digests), num_computed // self.block_size):
            parent = self._digests[-1] if self._digests else ROOT
            digest = chain_digest(parent, tokens[place * self.block_size : (place + 1) * self.block_size])
            self._digests.append(digest)
            self._cache.keep(digest, self.block_ids[place])

    def slots(self, start: int, end: int) -> list[int]:
        """The physical place of each position in [start, end)."""
        size = self.block_size
        return [self.block_ids[place // size] * size + place % size for place in range(start, end)]

    def free(self) -> None:
        self._cache.release(reversed(self.block_ids))
        self.block_ids, self._digests = [], []

    def _known(self, tokens: Sequence[int]) -> list[tuple[int, bytes]]:
        """(block, digest) of the longest known chain of full blocks."""
        known: list[tuple[int, bytes]] = []
        digest = ROOT
        for start in range(0, len(tokens) - self.block_size + 1, self.block_size):
            digest = chain_digest(digest, tokens[start : start + self.block_size])
            found = self._cache.find(digest)
            if found is None:
                break
            known.append((found, digest))
        return known

    def _written(self, start: int, end: int) -> list[int]:
        return self.block_ids[start // self.block_size : self._blocks_for(end)]

    def _blocks_for(self, num_tokens: int) -> int:
        return -(-num_tokens // self.block_size)
