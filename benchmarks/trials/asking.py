"""Many questions at once from one thread, so that the asker takes little of the machine that answers."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from locustfiles.judge import percentile
from tests.flow.site import Site

Body = dict[str, object]
Question = Callable[[], Body]
_ANSWERS = "/api/v1/answers"
_PAUSE_S = 1.0  # of one who was refused and asks again


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one question; ``at`` and ``seconds`` count from when it was due."""

    at: float
    seconds: float
    status: int
    says_when: bool = False  # Retry-After
    ended: bool = True  # a stream: whether its last event came

    @property
    def is_answered(self) -> bool:
        return self.status == 200 and self.ended

    @property
    def is_shed(self) -> bool:
        return self.status in (429, 503) and self.says_when

    @property
    def is_wrong(self) -> bool:
        return not self.is_answered and not self.is_shed


class Line:
    """Kept-alive connections to one address of a site, as many as are needed at once."""

    def __init__(self, site: Site, *, path: str = _ANSWERS, patience_s: float = 120.0) -> None:
        self._url, self._key, self._path, self._patience_s = urlsplit(site.url), site.key, path, patience_s
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, body: Body, *, due: float | None = None) -> Told:
        """One question; status 0 where the connection broke or nothing came."""
        began = due if due is not None else time.perf_counter()
        at = time.time() - (time.perf_counter() - began)
        try:
            head, text = await asyncio.wait_for(self._exchange(body), self._patience_s)
        except (OSError, EOFError, TimeoutError):
            return Told(at, time.perf_counter() - began, 0)
        status = int(head.split(b" ", 2)[1])
        ended = status != 200 or not body.get("stream") or b"event: done" in text or b"event: failed" in text
        return Told(at, time.perf_counter() - began, status, b"\r\nretry-after:" in head.lower(), ended)

    async def _exchange(self, body: Body) -> tuple[bytes, bytes]:
        reader, writer = await self._connection()
        try:
            writer.write(self._request(body))
            head = await reader.readuntil(b"\r\n\r\n")
            text = await _text(reader, head)
        except BaseException:
            writer.close()
            raise
        if b"\r\nconnection: close\r\n" in head.lower():  # as a server says that is about to stop
            writer.close()
        else:
            self._idle.append((reader, writer))
        return head, text

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """One that is idle, unless the site has closed it meanwhile, as clients do; else a new one."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._url.hostname, self._url.port, limit=1 << 22)

    def _request(self, body: Body) -> bytes:
        payload = json.dumps(body).encode()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {self._url.netloc}\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
        )
        return head.encode() + payload


async def _text(reader: asyncio.StreamReader, head: bytes) -> bytes:
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if b"content-length" in fields:
        return await reader.readexactly(int(fields[b"content-length"]))
    pieces = []
    while size := int(await reader.readline(), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return b"".join(pieces)


async def at_rate(site: Site, question: Question, *, per_s: float, seconds: float, path: str = _ANSWERS) -> list[Told]:
    """So many questions a second, a Poisson process, whether or not those before are answered."""
    line, chosen, asked = Line(site, path=path), random.Random(3), list[asyncio.Task[Told]]()
    due = time.perf_counter()
    until = due + seconds
    while (due := due + chosen.expovariate(per_s)) < until:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asked.append(asyncio.create_task(line.ask(question(), due=due)))
    return list(await asyncio.gather(*asked))


async def crowd(site: Site, question: Question, *, users: int, seconds: float) -> list[Told]:
    """So many people who ask again once they are answered, and a second later when they are refused."""
    until = time.perf_counter() + seconds
    return await crowd_until(lambda: time.perf_counter() >= until, site, question, users=users)


async def crowd_until(is_over: Callable[[], bool], site: Site, question: Question, *, users: int) -> list[Told]:
    """The same for as long as something else lasts."""
    line, told = Line(site), list[Told]()

    async def one() -> None:
        while not is_over():
            told.append(each := await line.ask(question()))
            if not each.is_answered:
                await asyncio.sleep(_PAUSE_S)

    await asyncio.gather(*(one() for _ in range(users)))
    return told


def p(percent: float, told: Sequence[Told]) -> float:
    """This percentile of their times, in milliseconds."""
    return percentile(sorted(each.seconds * 1e3 for each in told), percent)


def answered(told: Sequence[Told]) -> list[Told]:
    return [each for each in told if each.is_answered]


def shed(told: Sequence[Told]) -> list[Told]:
    return [each for each in told if each.is_shed]


def wrong(told: Sequence[Told]) -> list[Told]:
    return [each for each in told if each.is_wrong]
