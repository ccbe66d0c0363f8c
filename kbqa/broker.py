"""Celery's messages in a folder: kombu's filesystem transport, made safe for several processes at once.

Kombu creates a file under its final name and writes it afterwards. Whoever looks in between
reads nothing, and its JSON error ends the worker for good, or fails the request that would
have published. Here a message appears whole under a name made by renaming, a message that
cannot be read is dropped (it was only a hint: the row is the truth, ADR 0003), and a table
of queues caught half-written is read again.
"""

import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

import structlog
from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps

log = structlog.get_logger(__name__)

SCHEME = "folder"
_TRIES = 25
_PAUSE_S = 0.02


class Channel(filesystem.Channel):  # type: ignore[misc]  # kombu has no types
    """Whole messages, or none."""

    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:  # Any: JSON; kombu's arguments
        """As kombu names it, so that the oldest is read first; ChannelError if the folder cannot be written."""
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        path = Path(self.data_folder_out, name)
        unfinished = path.with_suffix(".tmp")  # no queue's
        try:
            unfinished.write_bytes(str_to_bytes(dumps(payload)))
            os.replace(unfinished, path)
        except OSError as error:
            raise ChannelError(f"Cannot add {name} to the folder of messages: {error.strerror}") from error

    def _get(self, queue: str) -> dict[str, Any]:  # Any: JSON
        """The oldest message; Empty if there is none, or none that can be read."""
        try:
            return dict(super()._get(queue))
        except (ValueError, TypeError):
            log.warning("message_unreadable", queue=queue)
            raise Empty from None

    def get_table(self, exchange: str) -> list[Any]:  # Any: kombu's named tuples
        """ChannelError if the table stays unreadable."""
        try:
            return list(_again(lambda: super(Channel, self).get_table(exchange)))
        except ValueError:
            raise ChannelError(f"The table of {exchange} cannot be read") from None

    def _queue_bind(self, exchange: str, *binding: Any) -> None:  # Any: names, some None
        """A table that stays unreadable (half of it was on the disk when the power went) is begun anew."""
        try:
            _again(lambda: super(Channel, self)._queue_bind(exchange, *binding))
        except ValueError:
            log.warning("queue_table_unreadable", exchange=exchange)
            self._exchange_file(exchange).unlink(missing_ok=True)
            super()._queue_bind(exchange, *binding)


class Transport(filesystem.Transport):  # type: ignore[misc]  # kombu has no types
    Channel = Channel


def _again(look: Callable[[], Any]) -> Any:  # Any: whatever kombu answers
    """``look`` at a file that another process may be about to write; ValueError if it stays unreadable."""
    for _ in range(_TRIES - 1):
        try:
            return look()
        except ValueError:
            time.sleep(_PAUSE_S)
    return look()


TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
