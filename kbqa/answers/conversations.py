"""A conversation's name, and the whole of it as a file: JSON, Markdown or CSV.

A spreadsheet runs what begins like a formula, so such cells of a CSV begin with an apostrophe (OWASP).
"""

import csv
import io
import json
from collections.abc import Callable, Iterator

from kbqa.errors import Invalid, NotFound

from .models import Answer, Citation, Conversation
from .selectors import turn_list
from .wire import kept_answer

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = ("asked_at", "question", "answer", "state", "confidence", "source", "page", "quote")


def conversation_rename(*, conversation: Conversation, title: str) -> None:
    title = title.replace("\x00", "").strip()[:200]
    if not title:
        raise Invalid("The conversation needs a title.", field="title")
    conversation.title = title
    conversation.save(update_fields=["title"])


def conversation_export(*, conversation: Conversation, kind: str) -> str:
    """The file's text; NotFound for a kind we do not write."""
    writer = _WRITERS.get(kind)
    if writer is None:
        raise NotFound("Conversations are exported as json, md or csv.")
    return writer(conversation)


def _json(conversation: Conversation) -> str:
    turns = [
        {"asked_at": turn.created_at.isoformat(), "question": turn.question, "state": _outcome(turn)}
        | {name: value for name, value in kept_answer(turn).items() if name not in ("conversation", "trace")}
        for turn in turn_list(conversation=conversation)
    ]
    whole = {"id": str(conversation.pk), "title": conversation.title, "turns": turns}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _markdown(conversation: Conversation) -> str:
    parts = [f"# {_one_line(conversation.title)}"]
    for turn in turn_list(conversation=conversation):
        parts += [f"## {_one_line(turn.question)}", turn.text or f"({_outcome(turn)})"]
        parts += [f"> {_one_line(row.quote)}\n>\n> [{row.number}] {_place(row)}" for row in turn.citations.all()]
    return "\n\n".join(parts) + "\n"


def _csv(conversation: Conversation) -> str:
    """A row a citation; a turn without any has one row too."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in _rows(conversation))
    return "\ufeff" + out.getvalue()  # the mark by which Excel knows UTF-8


def _rows(conversation: Conversation) -> Iterator[list[object]]:
    for turn in turn_list(conversation=conversation):
        said = [turn.created_at.isoformat(), turn.question, turn.text, _outcome(turn), turn.confidence]
        for row in turn.citations.all():
            yield [*said, row.title, row.page, row.quote]
        if not turn.citations.all():
            yield [*said, "", "", ""]


def harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _outcome(turn: Answer) -> str:
    return "not found" if turn.abstained else turn.state


def _place(row: Citation) -> str:
    return f"{row.title}, page {row.page}" if row.page else row.title


def _one_line(text: str) -> str:
    return " ".join(text.split())


_WRITERS: dict[str, Callable[[Conversation], str]] = {"json": _json, "md": _markdown, "csv": _csv}
