"""BlockPool: a free list and reference counts over block ids; integers only.

A block is free exactly when nobody holds it. Whoever takes or shares a block drops
that one reference again; the last drop puts it back on the free list.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable


class BlockPool:
    """Hands out ``num_blocks`` blocks, each with the number of its holders."""

    def __init__(self, num_blocks: int) -> None:
        self.num_blocks = num_blocks
        self._free = deque(range(num_blocks))
        self._ref_counts = [0] * num_blocks

    @property
    def num_free(self) -> int:
        return len(self._free)

    def ref_count(self, block_id: int) -> int:
        return self._ref_counts[block_id]

    def can_allocate(self, num_blocks: int) -> bool:
        return len(self._free) >= num_blocks

    def allocate(self) -> int:
        """A block with one holder; ask `can_allocate` first."""
        block_id = self._free.popleft()
        self._ref_counts[block_id] = 1
        return block_id

    def share(self, block_id: int) -> None:
        """One holder more, of a block that has some."""
        assert self._ref_counts[block_id] > 0, f"block {block_id} is free"
        self._ref_counts[block_id] += 1

    def free(self, block_id: int) -> None:
        """One holder less; the last one returns it to the free list."""
        assert self._ref_counts[block_id] > 0, f"block {block_id} is freed twice"
        self._ref_counts[block_id] -= 1
        if not self._ref_counts[block_id]:
            self._free.append(block_id)

    def check(self, holders: Iterable[Iterable[int]]) -> None:
        """Recount: every reference is one of ``holders``' blocks, and all other blocks are free, once."""
        counted = Counter(block_id for held in holders for block_id in held)
        if wrong := {b: (n, counted[b]) for b, n in enumerate(self._ref_counts) if n != counted[b]}:
            raise AssertionError(f"blocks with (references, holders) {wrong}")
        idle = sorted(b for b, n in enumerate(self._ref_counts) if not n)
        if sorted(self._free) != idle:
            raise AssertionError(f"the free list holds {sorted(self._free)}, unreferenced are {idle}")
