"""What every test stands on: sockets shut outside loopback, storage of its own, an engine built once."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

SHARED = Path(__file__).resolve().parents[2] / "shared"
_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True, scope="session")
def _sockets_shut() -> Iterator[None]:
    """No test may reach beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(_LOOPBACK):  # type: ignore[index]  # (host, port)
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)  # type: ignore[arg-type]  # as given

    socket.socket.connect = guarded  # type: ignore[method-assign,assignment]  # for the session
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]  # back


@pytest.fixture(autouse=True)
def _own_storage(settings: Settings, tmp_path: Path) -> None:
    """Originals, segments and messages of one test are no other's."""
    settings.ORIGINALS_ROOT = tmp_path / "originals"
    settings.SEGMENTS_ROOT = tmp_path / "segments"
    settings.PICTURES_ROOT = tmp_path / "pictures"
    for root in (settings.ORIGINALS_ROOT, settings.SEGMENTS_ROOT):
        root.mkdir()


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Work is queued in rows as always; its messages are noted here instead of sent. Worker tests use a real broker."""
    from kbqa.documents import tasks
    from kbqa.quality import tasks as quality_tasks

    sent: list[int] = []
    monkeypatch.setattr(tasks.ingest_version, "delay", sent.append)
    monkeypatch.setattr(quality_tasks.continue_run, "delay", lambda run_id: None)
    return sent


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def shared() -> Path:
    """The folder of public data beside the repository; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not here: public data sets and corpora are not part of the repository")
    return SHARED
