"""PrefixCache: full blocks found again by the tokens they hold and all tokens before them.

A block's digest covers its parent's digest and its own tokens, so equal digests mean
equal prefixes. The cache itself holds one reference on every block it knows; a block
held by nobody else is idle, stays useful, and is evicted when room is needed, the
least recently used first.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from .blocks import BlockPool

ROOT = b""


def chain_digest(parent: bytes, tokens: Sequence[int]) -> bytes:
    """Names a full block: its tokens, after everything that ``parent`` names."""
    return hashlib.blake2b(parent + array("q", tokens).tobytes(), digest_size=16).digest()


class PrefixCache:
    """The only way to the pool: allocation evicts, release remembers."""

    def __init__(self, pool: BlockPool, *, block_size: int, reuse: bool = True) -> None:
        self.pool, self.block_size, self.reuse = pool, block_size, reuse
        self._block_ids: dict[bytes, int] = {}
        self._digests: dict[int, bytes] = {}
        self._idle: OrderedDict[int, None] = OrderedDict()  # least recently used first

    @property
    def num_available(self) -> int:
        """Blocks that can be had: free ones, and idle ones that would be forgotten."""
        return self.pool.num_free + len(self._idle)

    def can_allocate(self, num_blocks: int) -> bool:
        return self.num_available >= num_blocks

    def allocate(self) -> int:
        """A block of one's own; ask `can_allocate` first."""
        if not self.pool.num_free:
            self._evict()
        return self.pool.allocate()

    def find(self, digest: bytes) -> int | None:
        """The block of this digest, not yet held; None when it is not known."""
        return self._block_ids.get(digest)

    def share(self, block_id: int) -> None:
        self.pool.share(block_id)
        self._idle.pop(block_id, None)

    def keep(self, digest: bytes, block_id: int) -> None:
        """Remember a full block that its holder will not write to again."""
        if self.reuse and digest not in self._block_ids:
            self._block_ids[digest] = block_id
            self._digests[block_id] = digest
            self.pool.share(block_id)

    def is_shared(self, block_id: int) -> bool:
        """Whether another holder would see what this one writes."""
        return self.pool.ref_count(block_id) - (block_id in self._digests) > 1

    def is_idle(self, block_id: int) -> bool:
        return block_id in self._idle

    def forget(self, block_id: int) -> None:
        """No longer reuse this block, if it is known: its holder is about to write to it."""
        if digest := self._digests.pop(block_id, None):
            del self._block_ids[digest]
            self._idle.pop(block_id, None)
            self.pool.free(block_id)

    def release(self, block_ids: Iterable[int]) -> None:
        """Drop one reference each; give a chain's last block first, so that its beginning outlives its end."""
        for block_id in block_ids:
            self.pool.free(block_id)
            if block_id in self._digests and self.pool.ref_count(block_id) == 1:
                self._idle[block_id] = None

    def clear(self) -> None:
        """Forget every idle block."""
        while self._idle:
            self._evict()

    def check(self, holders: Iterable[Iterable[int]]) -> None:
        """Recount against the block tables alive."""
        if self._block_ids != {digest: block_id for block_id, digest in self._digests.items()}:
            raise AssertionError("digests and blocks do not name each other")
        idle = {block_id for block_id in self._digests if self.pool.ref_count(block_id) == 1}
        if idle != set(self._idle):
            raise AssertionError(f"idle are {sorted(idle)}, listed are {sorted(self._idle)}")
        self.pool.check([*holders, self._digests])

    def _evict(self) -> None:
        self.forget(next(iter(self._idle)))
