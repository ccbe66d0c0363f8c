"""What an upload may be called, and which kinds of file are taken."""

import re
import unicodedata
from pathlib import Path

from ingest.errors import IngestError, UnsupportedType
from ingest.sniff import sniff
from kbqa.errors import Invalid, UnsupportedFile

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MAX_NAME_CHARS = 255


def clean_name(name: str) -> str:
    """The last part of the name, without control or direction characters, short enough for its column."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    cleaned = _FORBIDDEN.sub("", last).strip().strip(".")
    if not cleaned:
        raise Invalid("The file needs a name.", field="file")
    stem, dot, suffix = cleaned.rpartition(".")
    if len(cleaned) <= MAX_NAME_CHARS:
        return cleaned
    return (
        f"{stem[: MAX_NAME_CHARS - len(suffix) - 1]}.{suffix}" if dot and len(suffix) < 20 else cleaned[:MAX_NAME_CHARS]
    )


def media_type_of(path: Path, *, name: str) -> str:
    """The media type by content first, name second; UnsupportedFile when no parser takes it."""
    try:
        return sniff(path, name=name)
    except UnsupportedType as error:
        raise UnsupportedFile(str(error), field="file") from error
    except IngestError as error:
        raise Invalid(str(error), field="file") from error
