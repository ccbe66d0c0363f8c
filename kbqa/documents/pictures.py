"""Pictures of pages, drawn at first look and kept; they may be deleted at any time."""

import hashlib
import time
import uuid
from pathlib import Path

from django.conf import settings

from ingest.picture import draw_page
from ingest.sniff import PDF, PICTURES

from .models import Version
from .originals import original_path
from .recognized import recognized_lines

_KEEP_S = 24 * 3600.0


def can_be_drawn(version: Version) -> bool:
    """Whether its pages look like something: a PDF's, or a picture's."""
    return version.media_type == PDF or version.media_type in PICTURES


def page_picture(version: Version, *, page: int, quote: str) -> Path | None:
    """The picture's file, the quote marked; None when the page cannot be drawn."""
    name = hashlib.sha256(f"{version.digest}:{version.pk}:{page}:{quote}".encode()).hexdigest()
    path = Path(settings.PICTURES_ROOT) / f"{name}.png"
    if not path.is_file():
        drawn = draw_page(
            original_path(version.digest),
            media_type=version.media_type,
            page=page,
            quote=quote,
            recognized=recognized_lines(version, page) if quote else [],
        )
        if drawn is None:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(f".{uuid.uuid4().hex}")
        aside.write_bytes(drawn)
        aside.replace(path)
    return path


def pictures_sweep() -> int:
    """Remove pictures drawn more than a day ago; returns how many."""
    root, before = Path(settings.PICTURES_ROOT), time.time() - _KEEP_S
    old = [path for path in root.iterdir() if path.stat().st_mtime < before] if root.is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
