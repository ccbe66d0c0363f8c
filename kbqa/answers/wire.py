"""Events ↔ JSON: one form for the cache, server-sent events, REST and the command line."""

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .events import Abstained, CitationView, Cited, Curation, Done, Event, Failed, PassageView, Sources, Token, Waiting
from .links import viewer_url

if TYPE_CHECKING:
    from .models import Answer, Citation

_NAMES: dict[type[Event], str] = {
    Sources: "sources",
    Token: "token",
    Cited: "cited",
    Abstained: "abstained",
    Done: "done",
    Failed: "failed",
    Waiting: "waiting",
}
_FIELD_NAMES: dict[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in dataclasses.fields(kind))
    for kind in (*_NAMES, PassageView, CitationView, Curation)
}


def event_name(event: Event) -> str:
    return _NAMES[type(event)]


def to_json(event: Event) -> dict[str, Any]:  # Any: JSON
    """The event's fields. `dataclasses.asdict` copies every value deeply: a sixth of a cached answer's time."""
    match event:
        case Sources():
            return {"passages": [_fields(passage) for passage in event.passages]}
        case Abstained():
            return {
                "confidence": event.confidence,
                "nearest": [_fields(passage) for passage in event.nearest],
                "tentative": _fields(event.tentative) if event.tentative else None,
            }
        case Cited():
            return {
                "citations": [_fields(citation) for citation in event.citations],
                "confidence": event.confidence,
                "curated": _fields(event.curated) if event.curated else None,
                "written": event.written,
            }
    return _fields(event)


def _fields(record: Event | PassageView | CitationView | Curation) -> dict[str, Any]:  # Any: JSON
    return {name: getattr(record, name) for name in _FIELD_NAMES[type(record)]}


def from_json(name: str, value: dict[str, Any]) -> Event:  # Any: JSON
    """The event again; KeyError or TypeError for anything that never was one."""
    match name:
        case "sources":
            return Sources(_passages(value["passages"]))
        case "token":
            return Token(value["text"])
        case "cited":
            citations = tuple(CitationView(**citation) for citation in value["citations"])
            curated = Curation(**value["curated"]) if value.get("curated") else None
            return Cited(citations, value["confidence"], curated, value.get("written", False))
        case "abstained":
            tentative = CitationView(**value["tentative"]) if value.get("tentative") else None
            return Abstained(value["confidence"], _passages(value["nearest"]), tentative)
    raise KeyError(name)


def collect(events: Iterable[Event]) -> dict[str, Any]:  # Any: JSON
    """A finished stream as REST's one JSON object; `error` is set where the stream failed."""
    body: dict[str, Any] = {
        "id": None,
        "conversation": None,
        "answer": "",
        "abstained": False,
        "confidence": None,
        "degraded": False,
        "cached": False,
        "citations": [],
        "tentative": None,
        "curated": None,
        "written": False,
        "passages": [],
        "timings_ms": {},
        "trace": {},
    }
    for event in events:
        fields = to_json(event)
        match event:
            case Token():
                body["answer"] += event.text
            case Abstained():
                body |= {"abstained": True, "confidence": event.confidence, "tentative": fields["tentative"]}
            case Done():
                body["id"] = fields.pop("answer_id")
                body |= fields
            case Failed():
                body |= {"id": event.answer_id, "error": fields}
            case _:
                body |= fields
    return body


def kept_answer(row: "Answer") -> dict[str, Any]:  # Any: JSON
    """An answer from its rows, in the form `collect` gives."""
    return {
        "id": str(row.pk),
        "conversation": str(row.conversation_id) if row.conversation_id else None,
        "answer": row.text,
        "abstained": row.abstained,
        "confidence": row.confidence,
        "degraded": row.degraded,
        "cached": row.cached,
        "citations": [citation_json(citation) for citation in row.citations.all()],
        "tentative": row.trace.get("tentative"),
        "curated": row.trace.get("curated"),
        "written": row.trace.get("written", False),
        "passages": row.passages,
        "timings_ms": row.timings_ms,
        "trace": row.trace,
    }


def citation_json(row: "Citation") -> dict[str, Any]:  # Any: JSON
    return {
        "number": row.number,
        "document": str(row.document_id) if row.version else None,
        "version": row.version.number if row.version else None,
        "title": row.title,
        "page": row.page,
        "start": row.start,
        "end": row.end,
        "quote": row.quote,
        "url": citation_url(row),
        "answer_start": row.answer_start,
        "answer_end": row.answer_end,
        "edited": row.edited,
    }


def citation_url(row: "Citation") -> str:
    """The viewer at the quote, the answer's words inside it unless an editor wrote them; nothing once it is gone."""
    if row.version is None:
        return ""
    return viewer_url(
        str(row.document_id),
        version=row.version.number,
        start=row.start,
        end=row.end,
        answer_start=None if row.edited else row.answer_start,
        answer_end=None if row.edited else row.answer_end,
    )


def _passages(values: list[dict[str, Any]]) -> tuple[PassageView, ...]:
    return tuple(PassageView(**{**value, "heading_path": tuple(value["heading_path"])}) for value in values)
