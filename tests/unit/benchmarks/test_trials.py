"""From what was told to what is asserted: shed load apart from errors, streams that end, and when it is over."""

import asyncio
from types import SimpleNamespace

from benchmarks.trials.asking import Told, answered, at_rate, crowd, shed, wrong
from benchmarks.trials.overload import recovered_s


def told(at: float, status: int, **more: bool) -> Told:
    return Told(at, 0.01, status, **more)


def test_a_refusal_that_says_when_is_shed_and_any_other_is_wrong():
    replies = [told(0, 200), told(1, 503, says_when=True), told(2, 503), told(3, 0), told(4, 200, ended=False)]

    assert (answered(replies), shed(replies), wrong(replies)) == (replies[:1], replies[1:2], replies[2:])


def test_it_is_over_with_the_first_second_in_which_nobody_is_refused():
    rush = [told(100 + at, 503, says_when=True) for at in (0.1, 0.9, 1.8)]

    assert recovered_s([told(100, 200), *rush, told(103, 200), told(104, 503, says_when=True)]) == rush[-1].at - 100
    assert recovered_s([told(100, 200), told(101, 200)]) == 0


def test_questions_come_at_their_rate_and_a_crowd_asks_on_until_its_time_is_up():
    async def asked() -> tuple[list[Told], list[Told]]:
        server = await asyncio.start_server(_refuses_streams, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        site = SimpleNamespace(url=f"http://127.0.0.1:{port}", key="kb_of_nobody")
        async with server:
            by_rate = await at_rate(site, lambda: {"question": "?"}, per_s=100, seconds=0.5)
            return by_rate, await crowd(site, lambda: {"question": "?", "stream": True}, users=3, seconds=0.1)

    by_rate, by_crowd = asyncio.run(asked())

    assert 20 < len(by_rate) < 100
    assert {reply.status for reply in by_rate} == {200}
    assert len(by_crowd) == 3  # each was refused, and came back no sooner than in a second
    assert all(reply.is_shed for reply in by_crowd)


async def _refuses_streams(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        status = b"503 x\r\nRetry-After: 2" if b"stream" in await reader.readexactly(length) else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}")
