"""What the styles of an ODT file mean: which paragraphs are its title, and what stands before the entries of a list."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from .archive import Archive
from .numerals import written
from .xmlsafe import outermost

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_STYLES = frozenset({f"{_STYLE}style", f"{_TEXT}list-style"})
_PARTS = ("styles.xml", "content.xml")
_MAX_DEPTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How a list numbers the entries of one depth: "" for bullets."""

    form: str
    before: str
    after: str
    start: int


@dataclass(frozen=True, slots=True)
class Styles:
    """Each paragraph style's parent, and the levels of lists by style and depth."""

    parents: dict[str, str]
    levels: dict[tuple[str, int], Level]

    def is_title(self, style: str) -> bool:
        for _ in range(_MAX_DEPTH):
            if style in {"", "Title"}:
                break
            style = self.parents.get(style, "")
        return style == "Title"

    def first_number(self, style: str, *, depth: int) -> int:
        level = self.levels.get((style, depth))
        return level.start if level else 1

    def marker(self, style: str, number: int, *, depth: int) -> str:
        level = self.levels.get((style, depth))
        return f"{level.before}{written(number, form=level.form)}{level.after}" if level and level.form else "-"


def read_styles(archive: Archive) -> Styles:
    """The file's named styles and those it gave names of its own."""
    styles = Styles({}, {})
    for part in _PARTS:
        if part in archive:
            with archive.open(part) as stream:
                for element in outermost(stream, _STYLES):
                    _add(styles, element)
    return styles


def _add(styles: Styles, element: etree._Element) -> None:
    name = element.get(f"{_STYLE}name", "")
    if element.tag == f"{_STYLE}style":
        styles.parents[name] = element.get(f"{_STYLE}parent-style-name", "")
        return
    for level in element:
        depth = number(level, "level", otherwise=1) - 1
        styles.levels[name, depth] = Level(
            form=level.get(f"{_STYLE}num-format", "") if level.tag == f"{_TEXT}list-level-style-number" else "",
            before=level.get(f"{_STYLE}num-prefix", ""),
            after=level.get(f"{_STYLE}num-suffix", ""),
            start=number(level, "start-value", otherwise=1),
        )


def number(element: etree._Element, name: str, *, otherwise: int) -> int:
    """A whole number in an attribute of the text's namespace."""
    given = element.get(f"{_TEXT}{name}", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else otherwise
