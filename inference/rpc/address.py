"""Where an engine listens: a Unix socket, which its folder's permissions guard, or a port, which a key must."""

from __future__ import annotations

import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from inference.errors import ConfigError

_MAX_PATH_BYTES = 100  # the kernel's limit is 107, and a lock's name must fit beside it


@dataclass(frozen=True, slots=True)
class Address:
    """As gRPC spells it: `unix:/run/kbqa/engine.sock` or `host:port`."""

    target: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ConfigError for what is neither."""
        scheme, separator, path = text.partition(":")
        if scheme == "unix":
            whole = Path(path.removeprefix("//")).absolute()
            if len(os.fsencode(whole)) > _MAX_PATH_BYTES:
                raise ConfigError(f"a Unix socket's path has at most {_MAX_PATH_BYTES} bytes, got {whole}")
            return cls(f"unix:{whole}")
        host, separator, port = text.rpartition(":")
        if not separator or not host or not port.isdigit() or not 0 < int(port) < 2**16:
            raise ConfigError(f"an engine's address is unix:PATH or HOST:PORT, got {text!r}")
        return cls(text)

    def __str__(self) -> str:
        return self.target

    @property
    def socket_path(self) -> Path | None:
        """The Unix socket; None for a port."""
        return Path(self.target.removeprefix("unix:")) if self.target.startswith("unix:") else None

    def clear(self) -> None:
        """Remove the socket that a killed engine left behind; ConfigError when somebody listens on it."""
        path = self.socket_path
        if path is None or not path.exists():
            return
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise ConfigError(f"{path} is there and is no socket")
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                raise ConfigError(f"an engine listens on {path} already")
        path.unlink(missing_ok=True)
