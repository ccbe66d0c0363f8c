"""What one file, page or text would become: read and split as an ingestion would, and nothing of it kept."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ingest import pipeline
from ingest.errors import IngestError
from ingest.types import Chunk, Source
from kbqa.documents.chunking import ingest_config
from kbqa.documents.models import Collection
from kbqa.engine import get_engine
from kbqa.errors import Busy, Invalid

from .aside import Foreseen, foresee, put_aside

NUM_SHOWN = 8
_MAX_S = 20.0
MAX_OCR_PAGES = 3
_SIDE_BY_SIDE = 2  # each may hold a thread and a processor of the website
_slots = threading.BoundedSemaphore(_SIDE_BY_SIDE)


@dataclass(frozen=True, slots=True)
class Preview:
    """The first passages, and the whole in figures."""

    foreseen: Foreseen
    title: str
    language: str
    num_pages: int
    num_passages: int
    num_chars: int
    warnings: tuple[str, ...]
    passages: list[Chunk]


def preview(*, collection: Collection, name: str, pieces: Iterable[bytes]) -> Preview:
    """Raises what an upload would be refused with, Invalid with the reader's sentence, or Busy."""
    if not _slots.acquire(blocking=False):
        raise Busy("Other files are being looked at; try again in a moment.", retry_after_s=5)
    try:
        with put_aside(pieces) as aside:
            foreseen = foresee(collection=collection, name=name, aside=aside)
            config = replace(
                ingest_config(collection),
                parser_timeout_s=_MAX_S,
                parser_cpu_s=int(_MAX_S),
                ocr_max_pages=MAX_OCR_PAGES,
                ocr_timeout_s=_MAX_S,
            )  # an ingestion may take longer: nobody waits for it
            parsed = pipeline.parse(Source(path=aside.path, name=foreseen.name), config=config)
            chunks = pipeline.split(parsed, encoder=get_engine(), config=config)
    except IngestError as error:
        raise Invalid(str(error), field="file") from error
    finally:
        _slots.release()
    return Preview(
        foreseen=foreseen,
        title=parsed.title,
        language=parsed.language,
        num_pages=len(parsed.pages),
        num_passages=len(chunks),
        num_chars=len(parsed.text),
        warnings=parsed.warnings,
        passages=chunks[:NUM_SHOWN],
    )
