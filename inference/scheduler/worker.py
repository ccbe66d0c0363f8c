"""The loop thread, in three beats: schedule, run, deliver. It drains on close.

The networks are touched by this thread alone. A row that breaks a batch is found by
running the batch's rows one by one, so that it fails alone; should the loop itself break,
all who wait are told. A step that outlasts ``max_step_s`` counts as hung: the worker is no
longer alive, and refuses what comes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from inference.errors import EngineFailed
from inference.request import Request, Row

from .micro import Entry, MicroBatcher

log = logging.getLogger(__name__)

Run = Callable[[str, Sequence[Row]], Sequence[Any]]  # task, rows → an output a row


class Worker:
    """Owns the thread and the lock around the queue."""

    def __init__(self, batcher: MicroBatcher, run: Run, *, max_step_s: float = 10.0) -> None:
        self._batcher, self._run, self._max_step_s = batcher, run, max_step_s
        self._step_began: float | None = None
        self._wake = threading.Condition()
        self._closing = False
        self._requests: set[Request] = set()  # whoever waits, for a batch or for one that runs
        self.num_batches = self.num_rows = 0
        self.busy_s = 0.0
        self._thread = threading.Thread(target=self._loop, name="engine", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive() and not self._closing and not self.is_hung

    @property
    def is_hung(self) -> bool:
        """Whether a step has been running for longer than any step takes; false again should it end."""
        began = self._step_began
        return began is not None and time.monotonic() - began > self._max_step_s

    @property
    def num_waiting(self) -> int:
        return self._batcher.num_requests

    def submit(self, request: Request) -> list[Any]:  # Any: an array a row
        """Queue the request and wait for its outputs."""
        if not request.rows:
            return []
        with self._wake:
            if not self.is_alive:
                raise EngineFailed("the engine's step hangs" if self.is_hung else "the engine is closed")
            self._batcher.submit(request)
            self._requests.add(request)
            self._wake.notify()
        try:
            return request.wait()
        finally:
            self._forget(request)

    def abort(self, request_id: str) -> bool:
        """End every waiting or running request of this id; whether there was one."""
        with self._wake:
            requests = [r for r in self._requests if r.request_id == request_id and not r.is_over]
        for request in requests:
            request.abort()
        return bool(requests)

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _loop(self) -> None:
        try:
            while (batch := self._schedule()) is not None:
                self._step_began = time.monotonic()
                outputs = self._run_batch(batch)
                self._step_began = None
                self._deliver(batch, outputs)
        except Exception:
            log.exception("the engine has stopped")
        finally:
            with self._wake:
                self._closing = True
                left = list(self._requests)
            for request in left:  # none after a close: it has answered what waited
                request.fail(EngineFailed("the engine has stopped"))

    def _schedule(self) -> list[Entry] | None:
        """The next batch; None when closing and nothing waits."""
        with self._wake:
            while True:
                if not self._closing and (hold_s := self._batcher.hold_s()):
                    self._wake.wait(hold_s)
                    continue
                if batch := self._batcher.next_batch():
                    return batch
                if self._closing:
                    return None
                self._wake.wait()

    def _run_batch(self, batch: list[Entry]) -> Sequence[Any]:  # Any: an array or an error a row
        started = time.perf_counter()
        rows = [entry.request.rows[entry.index] for entry in batch]
        task = batch[0].request.task
        try:
            outputs = self._run(task, rows)
        except Exception:
            log.exception("a batch of %d rows failed; its rows are run one by one", len(rows))
            outputs = [self._run_alone(task, row) for row in rows]
        seconds = time.perf_counter() - started
        self.num_batches += 1
        self.num_rows += len(rows)
        self.busy_s += seconds
        self._batcher.note_run(num_tokens=sum(map(len, rows)), seconds=seconds)
        return outputs

    def _run_alone(self, task: str, row: Row) -> Any:  # Any: an array, or the error in its place
        try:
            return self._run(task, [row])[0]
        except Exception as error:
            return EngineFailed(f"the network failed on this input: {error}")

    def _deliver(self, batch: list[Entry], outputs: Sequence[Any]) -> None:  # Any: as above
        for entry, output in zip(batch, outputs, strict=True):
            if isinstance(output, EngineFailed):
                entry.request.fail(output)
            else:
                entry.request.deliver(entry.index, output)

    def _forget(self, request: Request) -> None:
        with self._wake:
            self._batcher.note_finished()
            self._requests.discard(request)
