"""What can go wrong between bytes and a sealed segment. Each message is a sentence for the person who uploaded.

IngestError               carries a stable ``code``; the file is at fault, so no retry helps
├── UnsupportedType       no parser for this kind of file
├── EmptySource           no bytes at all
├── EncryptedSource       needs a password
├── CorruptSource         claims a format it does not keep
├── NoText                readable, but holds no text (a scan, a picture)
├── SourceTooLarge        over a limit: bytes, pages, unpacked size
└── ParserLimit           the parser ran out of its time or memory
"""

from __future__ import annotations

from typing import ClassVar


class IngestError(Exception):
    """A source that could not be ingested, with a reason its owner understands."""

    code: ClassVar[str] = "ingest_failed"


class UnsupportedType(IngestError):
    code = "unsupported_type"


class EmptySource(IngestError):
    code = "empty_file"


class EncryptedSource(IngestError):
    code = "encrypted_file"


class CorruptSource(IngestError):
    code = "corrupt_file"


class NoText(IngestError):
    code = "no_text"


class SourceTooLarge(IngestError):
    code = "file_too_large"


class ParserLimit(IngestError):
    code = "parser_limit"
