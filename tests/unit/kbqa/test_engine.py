"""What a process has loaded once it has its engine is left out of garbage collection, and starts on nobody's time."""

import gc
import time
from collections.abc import Iterator

import pytest

from kbqa import engine
from kbqa.errors import Busy


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


def test_its_start_is_not_the_askers_time(no_engine, monkeypatch: pytest.MonkeyPatch):
    def opened() -> Loaded:
        time.sleep(0.3)
        return Loaded()

    monkeypatch.setattr(engine, "_opened", opened)

    assert engine.deadline_after(5).remaining_s > 4.8


def test_an_engine_that_does_not_answer_yet_is_told_where_it_is_needed(monkeypatch: pytest.MonkeyPatch):
    def away() -> None:
        raise Busy("not yet", retry_after_s=2)

    monkeypatch.setattr(engine, "get_engine", away)

    assert engine.deadline_after(5).remaining_s > 4.8
