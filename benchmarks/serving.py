"""What an answer costs beside the cheapest reply of the same server: `python -m benchmarks.serving [--workers 1 2]`.

Ceiling: a REST view that only checks the key. Then a cached answer, an uncached one
and a cached one as a stream, all over 32 kept-alive connections, in one run.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from locustfiles.questions import documents, frequent, fresh
from locustfiles.trouble import engine_elsewhere
from tests.flow.asking import ask
from tests.flow.site import Site, running_site

from .harness import Row, report, row

CONNECTIONS = 32


def request(site: Site, method: str, path: str, body: object = None) -> bytes:
    payload = json.dumps(body).encode() if body is not None else b""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(site.url).netloc}\r\nAuthorization: Bearer {site.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload


async def rate(site: Site, make: Callable[[], bytes], seconds: float) -> float:
    """Whole replies a second."""
    address, until, replies = urlsplit(site.url), time.perf_counter() + seconds, 0

    async def one() -> int:
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 22)
        number = 0
        while time.perf_counter() < until:
            writer.write(make())
            head = await reader.readuntil(b"\r\n\r\n")
            await _rest(reader, head)
            number += b" 200 " in head.split(b"\r\n")[0]  # what is refused is no reply
        writer.close()
        return number

    started = time.perf_counter()
    replies = sum(await asyncio.gather(*(one() for _ in range(CONNECTIONS))))
    return replies / (time.perf_counter() - started)


async def _rest(reader: asyncio.StreamReader, head: bytes) -> None:
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if b"content-length" in fields:
        await reader.readexactly(int(fields[b"content-length"]))
        return
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
    await reader.readline()


def measure(site: Site, seconds: float, workers: int) -> list[Row]:
    chosen = random.Random(7)
    known = sorted({frequent(chosen) for _ in range(60)})

    def asking(question: Callable[[], str], **more: object) -> Callable[[], bytes]:
        return lambda: request(site, "POST", "/api/v1/answers", {"question": question(), **more})

    cases = {
        "a REST view with a key": lambda: request(site, "GET", "/v1/models"),
        "cached answer": asking(lambda: chosen.choice(known)),
        "cached answer, streamed": asking(lambda: chosen.choice(known), stream=True),
        "uncached answer": asking(lambda: fresh(chosen), deadline_s=60),
    }
    for question in known:
        ask(site, question, deadline_s=60)
    found = {name: asyncio.run(rate(site, make, seconds)) for name, make in cases.items()}
    ceiling = found["a REST view with a key"]
    return [
        row(f"{name}, {workers} worker(s)", ours=each, peer=ceiling, ratio=each / ceiling, unit="/s")
        for name, each in found.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=8.0, help="a case")
    options = parser.parse_args()
    rows = []
    for workers in options.workers:
        with tempfile.TemporaryDirectory() as folder, engine_elsewhere(Path(folder), wanted=workers > 1) as engine:
            settings = {"KBQA_ASKS_A_MINUTE": "0", "KBQA_LOG_LEVEL": "WARNING", "KBQA_MAX_WAIT_S": "60"}
            settings["KBQA_RETRIEVAL_DEADLINE_MS"] = "60000"  # what is degraded is not kept
            if engine:  # several web processes share one, as `manage.py up` starts them
                settings["KBQA_ENGINE_URL"] = engine.url
            with running_site(Path(folder), documents=documents(), threads=64, workers=workers, **settings) as site:
                rows += measure(site, options.seconds, workers)
    report("serving", rows)


if __name__ == "__main__":
    main()
