"""What a Word document's styles mean: headings by their level, and lists."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from .archive import Archive
from .xmlsafe import parse_xml

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING_NAME = re.compile(r"(?:heading|überschrift|titre|título|标题|見出し)\s*([1-9])", re.IGNORECASE)
_MAX_STYLES_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Styles:
    """Heading levels by style id, 0 for the document's title; and the lists that styles belong to."""

    levels: dict[str, int]
    lists: dict[str, str]


def read_styles(archive: Archive, part: str) -> Styles:
    """The styles that mean something; a style inherits its level from the one it builds on."""
    if part not in archive:
        return Styles({}, {})
    levels: dict[str, int] = {}
    parents: dict[str, str] = {}
    lists: dict[str, str] = {}
    for style in parse_xml(archive.read(part)).iter(f"{_W}style"):
        style_id = style.get(f"{_W}styleId", "")
        name = value(style.find(f"{_W}name")).lower()
        parents[style_id] = value(style.find(f"{_W}basedOn"))
        outline = value(style.find(f"{_W}pPr/{_W}outlineLvl"))
        if name == "title":
            levels[style_id] = 0
        elif found := _HEADING_NAME.match(name):
            levels[style_id] = int(found[1])
        elif outline.isdigit() and int(outline) < 9:
            levels[style_id] = int(outline) + 1
        elif (list_id := value(style.find(f"{_W}pPr/{_W}numPr/{_W}numId"))) not in {"", "0"}:
            lists[style_id] = list_id
    for style_id in parents:
        ancestor = style_id
        for _ in range(_MAX_STYLES_DEPTH):
            if ancestor in levels:
                levels[style_id] = levels[ancestor]
                break
            ancestor = parents.get(ancestor, "")
    return Styles(levels, lists)


def value(element: etree._Element | None) -> str:
    """Its attribute `w:val`, "" where there is none."""
    return "" if element is None else element.get(f"{_W}val", "")
