"""The only door to inference: one engine a process, built from settings at first use."""

import os
import threading

from django.conf import settings

from inference import Engine, EngineConfig

_lock = threading.Lock()
_engine: Engine | None = None
_owner_pid = 0


def get_engine() -> Engine:
    """This process's engine; a forked child builds its own."""
    global _engine, _owner_pid
    if _engine is None or _owner_pid != os.getpid():
        with _lock:
            if _engine is None or _owner_pid != os.getpid():
                _engine, _owner_pid = Engine(EngineConfig(**settings.ENGINE)), os.getpid()
    return _engine


def close_engine() -> None:
    """Drain and forget; for clean exits and tests."""
    global _engine
    with _lock:
        if _engine is not None and _owner_pid == os.getpid():
            _engine.close()
        _engine = None
