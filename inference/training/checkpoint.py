"""The folder of a published reader, and the record that goes with it.

``checkpoint.json`` names every other file with its SHA-256, how the weights came
about, how they are to be asked, how sure they may be, and what they scored. The
model card is written from it, so the two cannot disagree.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .card import card_of

RECORD = "checkpoint.json"
FORMAT = 1


def read_record(folder: Path) -> dict[str, Any]:  # Any: a JSON document
    """The folder's record; raises ValueError when a file is not what it says."""
    record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    for name, digest in record["files"].items():
        if sha256_of(folder / name) != digest:
            raise ValueError(f"{name} does not match its checksum in {RECORD}")
    return record


def write_record(
    folder: Path, record: dict[str, Any], *, card: Callable[[dict[str, Any]], str] = card_of
) -> None:  # Any: a JSON document
    """Write the model card and the record, with the checksums of the files as they are now."""
    (folder / "README.md").write_text(card(record), encoding="utf-8")
    files = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name != RECORD)
    sealed = {**record, "format": FORMAT, "files": {name: sha256_of(folder / name) for name in files}}
    text = json.dumps(sealed, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
