"""An engine of this process asked over a Unix socket, as another process would ask it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inference import Engine
from inference.rpc.address import Address
from inference.rpc.client import RemoteEngine
from inference.rpc.server import EngineServer


@contextmanager
def socket_address() -> Iterator[Address]:
    """A Unix socket in a folder of its own, whose path is short enough for the kernel."""
    with tempfile.TemporaryDirectory(prefix="kbqa-", dir="/tmp") as folder:
        yield Address.parse(f"unix:{Path(folder) / 'engine.sock'}")


@contextmanager
def served(engine: Engine) -> Iterator[RemoteEngine]:
    with socket_address() as address:
        server = EngineServer(engine, address)
        server.start()
        try:
            with RemoteEngine(str(address)) as remote:
                yield remote
        finally:
            server.stop(grace_s=5)
