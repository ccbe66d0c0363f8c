"""What a process has loaded once it has its engine is left out of garbage collection."""

import gc
from collections.abc import Iterator

import pytest

from kbqa import engine


class Loaded:
    encoder_fingerprint = "loaded"

    def close(self) -> None:
        pass


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(engine, "_engine", None)
    monkeypatch.setattr(engine, "_opened", Loaded)
    yield
    gc.unfreeze()


def test_full_collections_leave_out_what_was_loaded_with_the_engine(no_engine):
    before = gc.get_freeze_count()

    engine.get_engine()

    assert gc.get_freeze_count() > before
    assert len(gc.get_objects()) < gc.get_freeze_count()


def test_it_is_done_once(no_engine, monkeypatch: pytest.MonkeyPatch):
    frozen: list[None] = []
    monkeypatch.setattr(engine, "_leave_to_stay", lambda: frozen.append(None))

    for _ in range(3):
        engine.get_engine()

    assert len(frozen) == 1
