"""The MCP tools over streamable HTTP, at `/mcp` of the website itself, with the same keys.

Each request is complete in itself: no session is kept, so any process may serve it,
and a key that was revoked opens nothing more and ends what it waits for. Sessions of the
pages are not accepted: a browser carries them to us from any site.
"""

from collections.abc import Iterable, MutableMapping
from functools import partial
from typing import Any, cast

import anyio
from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from rest_framework.request import Request
from rest_framework.views import APIView

from kbqa.accounts.authentication import KeyAuthentication, still_let_in
from kbqa.accounts.models import KeyScope, User
from kbqa.errors import DeadlinePassed
from kbqa.limits.throttling import question_spend

from .mcp import Caller, server_for

Message = MutableMapping[str, Any]  # Any: ASGI's own

_NO_SECOND_GATE = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # ALLOWED_HOSTS is the gate
_GRACE_S = 5.0


class Tools(APIView):
    authentication_classes = (KeyAuthentication,)
    scope = KeyScope.ASK

    @extend_schema(exclude=True)
    def post(self, request: Request) -> HttpResponse:
        """One JSON-RPC message in, its answer out."""
        user, spend = cast(User, request.user), partial(question_spend, request)
        server = server_for(Caller(user, still_let_in(request), spend))
        try:
            start, body = anyio.run(_exchange, server, _scope(request), request.body)
        except TimeoutError as error:
            raise DeadlinePassed("The tool did not answer in time.") from error
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return HttpResponse(body, status=start["status"], headers=headers)


async def _exchange(server: MCPServer[Any], scope: Message, body: bytes) -> tuple[Message, bytes]:
    """The package's own ASGI handler, called once: what it starts its answer with, and the whole of it."""
    incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        if not incoming:
            await anyio.sleep_forever()  # whoever asked is still there
        return incoming.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    server.streamable_http_app(stateless_http=True, json_response=True, transport_security=_NO_SECOND_GATE)
    with anyio.fail_after(settings.ANSWER_DEADLINE_S + _GRACE_S):
        async with server.session_manager.run():
            await server.session_manager.handle_request(scope, receive, send)
    return sent[0], b"".join(message.get("body", b"") for message in sent[1:])


def _scope(request: Request) -> Message:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "headers": list(_headers(request.headers.items())),
    }


def _headers(given: Iterable[tuple[str, str]]) -> Iterable[tuple[bytes, bytes]]:
    return ((name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in given)
