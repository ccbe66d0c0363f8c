"""What Office Open XML files share: relationships between parts, and the title in their properties."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from .archive import Archive
from .xmlsafe import parse_xml

_TITLE = "{http://purl.org/dc/elements/1.1/}title"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A part that another refers to by an id; ``kind`` is the last word of its type."""

    kind: str
    target: str


def relations(archive: Archive, part: str) -> dict[str, Relation]:
    """The parts inside the file that ``part`` refers to, by id; what lies outside is never followed."""
    folder, name = posixpath.split(part)
    listing = posixpath.join(folder, "_rels", f"{name}.rels")
    if listing not in archive:
        return {}
    found = {}
    for entry in parse_xml(archive.read(listing)):
        target = entry.get("Target", "")
        if entry.get("TargetMode") == "External" or not target:
            continue
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[entry.get("Id", "")] = Relation(kind=entry.get("Type", "").rsplit("/", 1)[-1], target=path)
    return found


def main_part(archive: Archive, *, usual: str) -> str:
    """The document's main part: where the package says it is, else at its usual place."""
    for relation in relations(archive, "").values():
        if relation.kind == "officeDocument" and relation.target in archive:
            return relation.target
    return usual


def declared_title(archive: Archive) -> str:
    """The title in the file's properties, "" when there is none."""
    if "docProps/core.xml" not in archive:
        return ""
    title = parse_xml(archive.read("docProps/core.xml")).find(_TITLE)
    text = "" if title is None else (title.text or "").strip()
    return "" if text.lower() in {"powerpoint presentation", "word document", "untitled", "slide 1"} else text
