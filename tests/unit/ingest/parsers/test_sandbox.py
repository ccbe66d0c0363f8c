"""The sandbox: every end is a document or a sentence, and no child outlives its welcome."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from ingest import sniff
from ingest.config import IngestConfig
from ingest.confined import Cancelled
from ingest.errors import CorruptSource, IngestError, NoText, ParserLimit
from ingest.parsers.sandbox import parse_in_child
from ingest.types import Source
from tests.scans import as_heic

# A parser's place is taken by code that misbehaves; it runs in a child that has sealed itself, as a parser does.
MISBEHAVING = """
import sys
from ingest.confine import confine, seal
confine(memory_bytes=1 << 30, cpu_s=5)
seal()
{code}
"""

# As anybody but root, whom the kernel's limits on processes do not bind; the first drawing imports what it takes.
ORDINARY = """
import os, sys
from ingest.confine import confine, seal
from ingest.pages import open_pages
confine(memory_bytes=2 << 30, cpu_s=20)
picture = sys.stdin.buffer.read()
draw = lambda: open_pages(picture, media_type="image/heif").draw(1, scale=0.1)
draw()
os.geteuid() or os.setuid(65534)
seal(threads={threads})
print(draw().size)
"""


def source(tmp_path: Path, content: bytes, *, name: str = "note.txt", media_type: str = sniff.TEXT) -> Source:
    path = tmp_path / name
    path.write_bytes(content)
    return Source(path=path, name=name, media_type=media_type)


def sealed(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MISBEHAVING.format(code=code)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=Path(__file__).resolve().parents[4],
    )


def drawn_as_an_ordinary_user(*, threads: bool) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", ORDINARY.format(threads=threads)],
        input=as_heic(Image.new("RGB", (300, 200), "white")),
        capture_output=True,
        timeout=30,
        check=False,
        cwd=Path(__file__).resolve().parents[4],
    )


def children() -> set[str]:
    """The processes that are ours, by id."""
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return set(listed.read_text().split()) if listed.exists() else set()


def endless_page(tmp_path: Path) -> Source:
    """A page whose tables make the parser work for a good while."""
    return source(tmp_path, b"<table>" + b"<tr><td>a<td>b" * 2_000_000, name="long.html", media_type=sniff.HTML)


def after(calls: int) -> Callable[[], bool]:
    left = iter(range(calls))
    return lambda: next(left, None) is None


def test_text_comes_back(tmp_path: Path) -> None:
    document = parse_in_child(source(tmp_path, "Grüße 你好".encode()), IngestConfig())

    assert document.text == "Grüße 你好"


def test_an_error_comes_back_as_itself(tmp_path: Path) -> None:
    with pytest.raises(NoText, match="no readable text"):
        parse_in_child(source(tmp_path, b" \n "), IngestConfig())


def test_a_parser_that_fails_ends_in_a_sentence_without_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(CorruptSource) as caught:
        parse_in_child(Source(path=tmp_path / "gone", name="gone", media_type=sniff.TEXT), IngestConfig())

    assert "Traceback" not in str(caught.value)
    assert "may be damaged" in str(caught.value)


def test_progress_is_heard(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    sample = Path(__file__).resolve().parents[3] / "data" / "guide.pdf"

    parse_in_child(
        Source(path=sample, name="guide.pdf", media_type=sniff.PDF),
        IngestConfig(),
        progress=lambda *pages: heard.append(pages),
    )

    assert heard[-1] == (3, 3)


@pytest.mark.slow
def test_a_cancelled_child_is_gone_within_a_second(tmp_path: Path) -> None:
    before = children()
    began = time.monotonic()

    with pytest.raises(Cancelled):
        parse_in_child(endless_page(tmp_path), IngestConfig(), cancelled=after(3))

    assert time.monotonic() - began < 2.0
    assert children() == before


@pytest.mark.slow
def test_a_child_out_of_time_is_killed(tmp_path: Path) -> None:
    before = children()

    with pytest.raises(ParserLimit, match="longer than"):
        parse_in_child(endless_page(tmp_path), IngestConfig(parser_timeout_s=0.3))

    assert children() == before


@pytest.mark.slow
def test_a_child_out_of_memory_is_told_from_a_broken_file(tmp_path: Path) -> None:
    big = source(tmp_path, b"word " * 8_000_000)

    with pytest.raises(ParserLimit, match="memory"):
        parse_in_child(big, IngestConfig(parser_memory_bytes=160 << 20))


@pytest.mark.slow
def test_a_child_out_of_processor_time_is_killed(tmp_path: Path) -> None:
    with pytest.raises(ParserLimit, match="longer than the 1 seconds"):
        parse_in_child(endless_page(tmp_path), IngestConfig(parser_cpu_s=1))


def test_the_parser_sees_none_of_ourenvironment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from ingest.confined import environment

    monkeypatch.setenv("KBQA_SECRET_KEY", "do not tell")

    assert "do not tell" not in json.dumps(environment(str(tmp_path)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.fork()",
        "import os; os.system('true')",
        "open('/tmp/written-by-a-parser', 'w').write('x')",
        "import os; os.remove('/tmp/nothing')",
        "import os; os.write(os.open('/tmp/written-by-a-parser', os.O_CREAT | os.O_WRONLY), b'x')",
        "bytearray(2 << 30)",
    ],
)
def test_a_sealed_process_may_not(code: str) -> None:
    ended = sealed(code)

    assert ended.returncode != 0
    assert any(word in ended.stderr for word in ("PermissionError", "MemoryError", "OSError"))
    assert not Path("/tmp/written-by-a-parser").exists()


@pytest.mark.slow
def test_the_child_starts_without_what_a_parser_does_not_need() -> None:
    code = "import ingest.parsers.child, ingest.parsers.pdf, sys; print(sorted(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout

    for heavy in ("'torch'", "'numpy'", "'django'", "'faiss'", "'inference'"):
        assert heavy not in loaded


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in IngestError.__subclasses__()]

    assert len(codes) == len(set(codes))


@pytest.mark.slow
def test_a_decoder_that_needs_threads_may_start_them_where_it_is_let() -> None:
    let, kept = (drawn_as_an_ordinary_user(threads=threads) for threads in (True, False))

    assert let.stdout == b"(60, 40)\n", let.stderr
    assert kept.returncode != 0
    assert b"CorruptSource" in kept.stderr or b"thread" in kept.stderr
