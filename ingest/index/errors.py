"""What can go wrong in the index.

SearchIndexError
├── CorruptSegment        a checksum, count or format does not hold
├── FingerprintMismatch   vectors of different encoders would meet
└── UnknownSegment        a snapshot names a segment that is not there
"""

from __future__ import annotations


class SearchIndexError(Exception):
    """The root of everything the index raises on purpose."""


class CorruptSegment(SearchIndexError):
    """A segment's files do not agree with its manifest."""


class FingerprintMismatch(SearchIndexError):
    """The segment was built by another encoder than the one that asks."""


class UnknownSegment(SearchIndexError):
    """A snapshot names a segment whose directory is absent."""
