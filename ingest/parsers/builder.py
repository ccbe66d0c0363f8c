"""Pieces in reading order → a ParsedDocument whose offsets refer to its final text.

Each piece is cleaned before it is appended, so nothing moves afterwards. Blocks
are parted by an empty line, list entries and table rows by a newline. Sections
are flat: each runs from its heading to the next heading of any level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ingest.clean import join_line, kept_lines, one_line
from ingest.errors import NoText, SourceTooLarge
from ingest.language import guess_language
from ingest.types import Page, ParsedDocument, Section, Table

from .tables import captioned, table_lines

MAX_TITLE_CHARS = 300
_MAX_HEADING_CHARS = 400


class DocumentBuilder:
    """Appends cleaned blocks; raises SourceTooLarge as soon as the text passes ``max_chars``."""

    def __init__(self, *, max_chars: int) -> None:
        self._max_chars = max_chars
        self._pieces: list[str] = []
        self._length = 0
        self._pages: list[tuple[int, str, int]] = []
        self._headings: list[tuple[int, tuple[str, ...]]] = []
        self._path: list[tuple[int, str]] = []
        self._tables: list[Table] = []
        self._warnings: list[str] = []
        self._after_item = False
        self._page_pending: tuple[int, str] | None = None

    @property
    def num_chars(self) -> int:
        return self._length

    @property
    def first_heading(self) -> str:
        return self._headings[0][1][-1] if self._headings else ""

    def page(self, number: int, *, label: str = "") -> None:
        """What follows stands on this page; it begins at its first character."""
        self._open_page()
        self._page_pending = (number, one_line(label))

    def heading(self, text: str, *, level: int) -> None:
        title = one_line(text)
        if not title:
            return
        if len(title) > _MAX_HEADING_CHARS:
            self.paragraph(title)
            return
        start = self._append(title)
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._path.append((level, title))
        self._headings.append((start, tuple(name for _, name in self._path)))

    def paragraph(self, text: str) -> None:
        """Running text; its line breaks mean nothing."""
        self._append(one_line(text))

    def continued(self, text: str, *, join: Callable[[str, str], str] = join_line) -> None:
        """The rest of the last paragraph, from the page that begins here."""
        rest = one_line(text)
        if not rest or not self._pieces:
            self._append(rest)
            return
        last = self._pieces[-1]
        joined = join(last, rest)
        self._pieces[-1] = joined
        page_start = self._length + len(joined) - len(last) - len(rest)
        self._length += len(joined) - len(last)
        self._open_page(at=page_start)
        self._check_length()

    def lines(self, text: str) -> None:
        """Text whose line breaks mean something: verse, code, an address, a log."""
        self._append(kept_lines(text))

    def entry(self, text: str, *, marker: str = "-", depth: int = 0) -> None:
        """An entry of a list, on a line of its own."""
        content = one_line(text)
        if content:
            self._append(f"{'  ' * min(depth, 8)}{marker} {content}", separator="\n" if self._after_item else "\n\n")
            self._after_item = True

    def table(
        self, rows: Iterable[Sequence[str]], *, has_header: bool | None = None, names: Sequence[str] = ()
    ) -> None:
        """A table, one row a line; without ``has_header`` titles above it stand apart and its first row is judged.

        ``names`` are its columns' where no row of its own has them, as on a page where it only goes on.
        """
        if has_header is None and not names:
            titles, rows = captioned(rows)
            for title in titles:
                self.paragraph(title)
        lines, header = table_lines(rows, has_header=has_header, names=names)
        first = next(lines, "")
        if not first:
            return
        start = self._append(first)
        for line in lines:
            self._append(line, separator="\n")
        self._tables.append(Table(start=start, end=self._length, has_header=header))

    def warn(self, sentence: str) -> None:
        if sentence not in self._warnings:
            self._warnings.append(sentence)

    def build(
        self,
        *,
        media_type: str,
        title: str = "",
        heading_is_title: bool = True,
        no_text: str = "The file holds no text.",
        pictures: Sequence[int] = (),
    ) -> ParsedDocument:
        """The document; raises NoText with the sentence ``no_text`` when nothing was appended.

        With ``pictures``, which may yet be read otherwise, a document may be empty.
        """
        self._open_page()
        text = "".join(self._pieces)
        if not pictures and not any(char.isalnum() for char in text):
            raise NoText(no_text)
        return ParsedDocument(
            text=text,
            media_type=media_type,
            title=(one_line(title) or (self.first_heading if heading_is_title else ""))[:MAX_TITLE_CHARS],
            pages=self._built_pages(),
            sections=self._built_sections(),
            tables=tuple(self._tables),
            language=guess_language(text),
            warnings=tuple(self._warnings),
            pictures=tuple(pictures),
        )

    def _append(self, text: str, *, separator: str = "\n\n") -> int:
        """The offset at which ``text`` begins."""
        if not text:
            return self._length
        if self._length:
            self._pieces.append(separator)
            self._length += len(separator)
        start = self._length
        self._open_page()
        self._pieces.append(text)
        self._length += len(text)
        self._after_item = False
        self._check_length()
        return start

    def _check_length(self) -> None:
        if self._length > self._max_chars:
            raise SourceTooLarge(f"The file holds more than {self._max_chars:,} characters of text; that is the limit.")

    def _open_page(self, *, at: int | None = None) -> None:
        if self._page_pending:
            number, label = self._page_pending
            self._pages.append((number, label, self._length if at is None else at))
            self._page_pending = None

    def _built_pages(self) -> tuple[Page, ...]:
        ends = [start for _, _, start in self._pages[1:]] + [self._length]
        return tuple(
            Page(number=number, start=min(start, end), end=end, label=label)
            for (number, label, start), end in zip(self._pages, ends, strict=False)
        )

    def _built_sections(self) -> tuple[Section, ...]:
        ends = [start for start, _ in self._headings[1:]] + [self._length]
        return tuple(
            Section(path=path, start=start, end=end) for (start, path), end in zip(self._headings, ends, strict=False)
        )
