"""The only door to inference: one engine a process, built from settings at first use, or one elsewhere that all ask."""

import gc
import os
import threading
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from inference.base import AnyEngine
from inference.config import DecodingConfig, EngineConfig
from inference.deadline import Deadline
from inference.errors import EngineError
from kbqa.errors import Busy

_lock = threading.Lock()
_engine: AnyEngine | None = None
_owner_pid = 0


def get_engine() -> AnyEngine:
    """This process's engine; a forked child has its own. Raises Busy while one elsewhere was never heard from."""
    global _engine, _owner_pid
    if _engine is None or _owner_pid != os.getpid():
        with _lock:
            if _engine is None or _owner_pid != os.getpid():
                _engine, _owner_pid = _opened(), os.getpid()
                _leave_to_stay()
    engine = _engine
    try:
        _ = engine.encoder_fingerprint  # what everything else about it hangs on
    except EngineError as error:
        raise Busy("The engine does not answer yet; try again in a moment.", retry_after_s=2) from error
    return engine


def deadline_after(seconds: float) -> Deadline:
    """So many seconds from when this process's engine is open: its start, and what it compiles the first time, is
    not the asker's time."""
    with suppress(Busy):
        get_engine()
    return Deadline.after(seconds)


def close_engine() -> None:
    """Drain and forget; for clean exits and tests."""
    global _engine
    with _lock:
        if _engine is not None and _owner_pid == os.getpid():
            _engine.close()
        _engine = None


def _opened() -> AnyEngine:
    """PyTorch, or gRPC, is loaded where it is used."""
    if not settings.ENGINE_URL:
        from inference.engine import Engine

        return Engine(EngineConfig(**settings.ENGINE, decoding=DecodingConfig(**settings.DECODING)))
    from inference.rpc.client import RemoteEngine

    authority = Path(settings.ENGINE_CA).read_bytes() if settings.ENGINE_CA else None
    return RemoteEngine(settings.ENGINE_URL, key=settings.ENGINE_KEY, authority=authority)


def _leave_to_stay() -> None:
    """What is loaded by now stays, so the garbage collector need not look through it again: a full collection
    holds up every request for a quarter of a second, and under load there is one every few seconds."""
    gc.collect()
    gc.freeze()
