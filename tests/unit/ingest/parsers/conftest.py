"""What the parsers' tests share: bytes → parsed document, in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ingest.config import IngestConfig
from ingest.parsers import parser_for
from ingest.parsers.base import ParserContext
from ingest.sniff import sniff
from ingest.types import ParsedDocument, RecognizedLine, Source

Parse = Callable[..., ParsedDocument]


@pytest.fixture
def parse(tmp_path: Path) -> Parse:
    """``parse(content, name)``: the document in these bytes."""

    def parsed(
        content: bytes | str, name: str, recognized: Mapping[int, Sequence[RecognizedLine]] | None = None
    ) -> ParsedDocument:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        source = Source(path=path, name=name, media_type=sniff(path, name=name))
        return parser_for(source.media_type)(source, ParserContext(config=IngestConfig(), recognized=recognized or {}))

    return parsed
