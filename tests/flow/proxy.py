"""A server's address that can go dark: it accepts, and answers no more (what a firewall's DROP looks like)."""

import contextlib
import socket
import threading


class Proxy:
    """Forwards loopback connections to ``port`` until told to fall silent."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.is_dark = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    near.close()
                    continue
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                if not self.is_dark.is_set():
                    sink.sendall(piece)
        for end in (source, sink):
            end.close()
