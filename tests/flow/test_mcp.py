"""The official MCP client, over standard input and output and over HTTP: both tools, and what they may see."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from .servers import ROOT
from .site import Site

pytestmark = [pytest.mark.slow]

Connect = Callable[[], AbstractAsyncContextManager[Client]]
QUOTE = "The lock at Aston is closed from December to February."


@pytest.fixture(params=["stdio", "http"])
def connect(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Connect:
    return (lambda: over_stdio(site, tmp_path)) if request.param == "stdio" else (lambda: over_http(site, site.key))


def test_both_tools_are_listed_and_answer(connect: Connect):
    async def converse() -> None:
        async with connect() as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            answered = await client.call_tool("ask", {"question": "When is the lock at Aston closed?"})
            found = await client.call_tool("search", {"question": "oak", "collection": "Land", "limit": 1})

        assert set(tools) == {"ask", "search"}
        assert all(tool.description for tool in tools.values())
        assert tools["ask"].input_schema["required"] == ["question"]
        assert "December to February" in answered.structured_content["answer"]
        assert answered.structured_content["citations"][0]["quote"] == QUOTE
        assert "1641" in found.structured_content["result"][0]["text"]

    anyio.run(converse)


def test_a_mistake_is_an_error_with_a_sentence_and_the_server_goes_on(connect: Connect):
    async def converse() -> None:
        async with connect() as client:
            absent = await client.call_tool("search", {"question": "oak", "collection": "Moon"})
            empty = await client.call_tool("ask", {"question": " "})
            after = await client.call_tool("ask", {"question": "What is the boiling point of tungsten?"})

        assert absent.is_error
        assert "There is no collection named 'Moon'; those there are: 'Land'." in absent.content[0].text
        assert empty.is_error
        assert "The question is empty" in empty.content[0].text
        assert after.structured_content["abstained"] is True

    anyio.run(converse)


@pytest.mark.parametrize("key", ["", "kb_00000000_wrong"])
def test_nobody_is_served_over_http_without_a_key(site: Site, key: str):
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"Accept": "application/json, text/event-stream"} | ({"Authorization": f"Bearer {key}"} if key else {})

    response = httpx2.post(f"{site.url}/mcp", json=message, headers=headers)

    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"


@asynccontextmanager
async def over_stdio(site: Site, folder: Path) -> AsyncIterator[Client]:
    server = StdioServerParameters(
        command=sys.executable, args=["manage.py", "mcp"], env=site.environment, cwd=str(ROOT)
    )
    async with Client(server) as client:
        yield client


@asynccontextmanager
async def over_http(site: Site, key: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(f"{site.url}/mcp", http_client=http)) as client,
    ):
        yield client
