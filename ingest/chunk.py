"""Parsed document → chunks within a token budget, along its headings, paragraphs, sentences and table rows.

``chunk.text == parsed.text[chunk.start:chunk.end]`` always; chunks come in order,
and together they hold all of the text but white space. Linear in its length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .config import IngestConfig
from .pack import Packer, Run, num_tokens
from .types import Chunk, ParsedDocument, Table
from .units import BlockReader, TextBlock, TokenOffsets

# What a context may take of the encoder's window of 256 beside a full chunk: 220 + 32 + 3 fit.
MAX_CONTEXT_TOKENS = 32
_ARROW = " › "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A headed stretch; ``opening`` is the path above the first heading in it, ``path`` that of its text."""

    start: int
    end: int
    path: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()
    num_headings: int = 0


def split_document(parsed: ParsedDocument, *, token_offsets: TokenOffsets, config: IngestConfig) -> list[Chunk]:
    """The document's chunks; ``token_offsets`` gives the character range of each of a text's tokens."""
    reader = BlockReader(parsed, token_offsets=token_offsets, max_unit_tokens=config.chunk_tokens)
    context = _Context(parsed, reader)
    return [chunk for part in _parts(parsed) for chunk in _part_chunks(parsed, part, reader, context, config)]


def _parts(parsed: ParsedDocument) -> Iterator[_Part]:
    """The text before the first heading, then each section; one that is only its heading opens its subsection."""
    sections = parsed.sections
    first = sections[0].start if sections else len(parsed.text)
    if first:
        yield _Part(start=0, end=first)
    position = 0
    while position < len(sections):
        last = position
        while (
            last + 1 < len(sections)
            and "\n" not in parsed.text[sections[last].start : sections[last].end].strip()
            and sections[last + 1].path[: len(sections[last].path)] == sections[last].path
        ):
            last += 1
        yield _Part(
            start=sections[position].start,
            end=sections[last].end,
            path=sections[last].path,
            opening=sections[position].path[:-1],
            num_headings=last - position + 1,
        )
        position = last + 1


def _part_chunks(
    parsed: ParsedDocument, part: _Part, reader: BlockReader, context: _Context, config: IngestConfig
) -> Iterator[Chunk]:
    tables: dict[int, Table] = {}

    def noted() -> Iterator[TextBlock]:
        for block in reader.blocks(part.start, part.end):
            if block.table and block.table.has_header:
                tables.update((unit.start, block.table) for unit in block.units[1:])
            yield block

    packer = Packer(budget=config.chunk_tokens, overlap=config.overlap_tokens, num_headings=part.num_headings)
    for run in packer.pack(noted()):
        start, end = run[0].start, run[-1].end
        path = part.opening if start == part.start and part.num_headings else part.path
        yield Chunk(
            text=parsed.text[start:end],
            start=start,
            end=end,
            page=reader.page_at(start),
            heading_path=part.path,
            context=context.of(path, table=_forgotten(tables, run)),
            num_tokens=num_tokens(run),
        )


def _forgotten(tables: dict[int, Table], run: Run) -> Table | None:
    """The table whose later rows open the run; rows behind it will not be asked for again."""
    table = tables.get(run[0].start)
    for unit in run:
        tables.pop(unit.start, None)
    return table


class _Context:
    """What the index may know about a chunk beside its text: title, headings, and a table's header row."""

    def __init__(self, parsed: ParsedDocument, reader: BlockReader) -> None:
        self._parsed = parsed
        self._fits = lru_cache(maxsize=256)(lambda text: reader.count(text) <= MAX_CONTEXT_TOKENS)

    def of(self, path: tuple[str, ...], *, table: Table | None) -> str:
        """The fullest that fits: headings nearest to the text stay longest, the title goes last."""
        header = self._parsed.text[table.start : table.end].split("\n", 1)[0] if table else ""
        title = self._parsed.title
        names = [*([title] if title and title not in path[:1] else []), *path]
        while names and not self._fits(_written(names, header)):
            del names[1 if len(names) > 1 else 0]
        if self._fits(_written(names, header)):
            return _written(names, header)
        return ""


def _written(names: list[str], header: str) -> str:
    return "\n".join(part for part in (_ARROW.join(names), header) if part)
