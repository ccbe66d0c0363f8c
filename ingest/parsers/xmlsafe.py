"""XML read without entities, external files or network, one outermost element at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from lxml import etree

from ingest.errors import CorruptSource

_BROKEN = "The file is damaged: a part of it is not well formed."


def parse_xml(content: bytes) -> etree._Element:
    """The root of a small part; raises CorruptSource when it is not well formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise CorruptSource(_BROKEN) from error


def outermost(stream: IO[bytes], tags: frozenset[str], *, within: str = "") -> Iterator[etree._Element]:
    """Each element with one of these tags that stands in no other such, freed once the next is asked for.

    With ``within``, only those inside an element of that tag.
    """
    events = etree.iterparse(
        stream, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    inside, depth = not within, 0
    try:
        for event, element in events:
            if element.tag == within:
                inside = event == "start"
            elif inside and element.tag in tags:
                depth += 1 if event == "start" else -1
                if event == "end" and not depth:
                    yield element
                    _free(element)
    except etree.XMLSyntaxError as error:
        raise CorruptSource(_BROKEN) from error


def _free(element: etree._Element) -> None:
    element.clear()
    while element.getprevious() is not None:
        parent = element.getparent()
        if parent is None:
            return
        del parent[0]
