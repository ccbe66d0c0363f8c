"""MCP tools over the same pipeline: `search` and `ask`, for assistants that speak the Model Context Protocol.

A call is watched as a stream is: whoever may no longer ask is told nothing more, and the work ends.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio.to_thread
from django.conf import settings
from django.db import connections
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from inference.errors import EngineError
from ingest.index.errors import SearchIndexError
from kbqa.answers.pipeline import answer
from kbqa.answers.retrieve import retrieve
from kbqa.answers.scope import Scope, scope_of
from kbqa.answers.services import failed, question_clean
from kbqa.answers.trace import Trace
from kbqa.answers.watch import watched
from kbqa.answers.wire import collect
from kbqa.documents.permissions import visible_collections
from kbqa.engine import deadline_after
from kbqa.errors import ApplicationError, NotFound, error_named

if TYPE_CHECKING:
    from kbqa.accounts.models import User

T = TypeVar("T")

_TOLD = 20  # collections that a mistaken name is answered with

_INSTRUCTIONS = (
    "A knowledge base of the user's own documents. `ask` answers out of them, with citations copied word for word, "
    "or says that they do not hold the answer; `search` gives the passages themselves."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose documents are seen, and whether what let them in still would; ``spend`` counts a question."""

    user: "User"
    still_let_in: Callable[[], bool]
    spend: Callable[[], None] = lambda: None


def server_for(caller: Caller) -> MCPServer[Any]:  # Any: no lifespan of its own
    """A server that sees what the caller may see, at the moment of each call."""
    server: MCPServer[Any] = MCPServer("kbqa", instructions=_INSTRUCTIONS)  # Any: as above

    @server.tool()
    async def ask(question: str, collection: str | None = None) -> dict[str, Any]:  # Any: JSON
        """Answer a question from the documents, with citations.

        `abstained` is true when they do not say; `tentative` is then what comes nearest to an answer, and may be wrong.
        """
        return await anyio.to_thread.run_sync(_in_a_thread, caller, partial(_ask, caller, question, collection))

    @server.tool()
    async def search(question: str, collection: str | None = None, limit: int = 5) -> list[dict[str, Any]]:  # Any: JSON
        """The passages that come nearest to a question, best first, with title, page and text."""
        call = partial(_search, caller, question, collection, limit)
        return await anyio.to_thread.run_sync(_in_a_thread, caller, call)

    return server


def _in_a_thread(caller: Caller, call: Callable[[], T]) -> T:
    """A call of ours in anyio's thread, which keeps no connection; what goes wrong is told as a sentence."""
    try:
        caller.spend()
        return call()
    except (ApplicationError, EngineError, SearchIndexError) as error:
        raise ToolError(failed(error).message) from error
    finally:
        connections.close_all()


def _ask(caller: Caller, question: str, collection: str | None) -> dict[str, Any]:  # Any: JSON
    scope, answer_id = _scope(caller.user, collection), uuid.uuid4()
    events = answer(
        question_clean(question),
        asker=caller.user,
        scope=scope,
        deadline=deadline_after(settings.ANSWER_DEADLINE_S),
        turn_id=answer_id,
    )
    body = collect(
        watched(events, answer_id=answer_id, user=caller.user, scope=scope, still_let_in=caller.still_let_in)
    )
    if error := body.get("error"):
        raise error_named(error["code"], error["message"])
    return {name: body[name] for name in ("answer", "abstained", "confidence", "citations", "tentative")}


def _search(caller: Caller, question: str, collection: str | None, limit: int) -> list[dict[str, Any]]:  # Any: JSON
    found = retrieve(
        question_clean(question),
        scope=_scope(caller.user, collection),
        deadline=deadline_after(settings.ANSWER_DEADLINE_S),
        trace=Trace(),
        limit=max(1, min(limit, 50)),
    )
    return [
        {"title": f.title, "page": f.row.page, "text": f.text, "document": str(f.row.version.document_id)}
        for f in found
    ]


def _scope(user: "User", name: str | None) -> Scope:
    if name is None:
        return scope_of(user)
    visible = visible_collections(user).order_by("name")
    row = visible.filter(name=name).first()
    if row is None:
        there = ", ".join(repr(each) for each in visible.values_list("name", flat=True)[:_TOLD])
        raise NotFound(f"There is no collection named {name!r}; those there are: {there or 'none'}.")
    return scope_of(user, collections=[row.pk])
