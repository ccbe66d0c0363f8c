"""Micro-batches of encoder rows: gathered from many requests, of like length, interactive ones first.

Integers and lists only, so it can be tested without a network. A request that is over
(answered, failed, late or aborted) loses its waiting rows as the next batch is cut.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from inference.errors import DeadlineExceeded, Overloaded
from inference.request import Priority, Request

from .pace import Pace

_MAX_PASSED = 4  # batches of questions that may pass a waiting document, which is then served one


@dataclass(frozen=True, slots=True)
class Entry:
    """Row ``index`` of a request."""

    request: Request
    index: int

    @property
    def num_tokens(self) -> int:
        return len(self.request.rows[self.index])


class MicroBatcher:
    """The queue between callers and the worker; its caller holds the lock."""

    def __init__(self, *, max_batch_size: int, max_batch_tokens: int, max_queue: int, pace: Pace | None = None) -> None:
        self.max_batch_size, self.max_batch_tokens, self.max_queue = max_batch_size, max_batch_tokens, max_queue
        self._pace = pace or Pace.fixed()
        self._waiting: dict[Priority, deque[Entry]] = {priority: deque() for priority in Priority}
        self.num_requests = 0
        self._passed_bulk = 0
        self.tokens_per_s = 20_000.0  # learned as batches are run

    @property
    def num_tokens(self) -> int:
        return sum(entry.num_tokens for entries in self._waiting.values() for entry in entries)

    def can_submit(self) -> bool:
        return self.num_requests < self.max_queue

    def submit(self, request: Request) -> None:
        """Queue every row; raises Overloaded when too many requests wait."""
        if not self.can_submit():
            raise Overloaded(retry_after_s=max(0.1, self.num_tokens / self.tokens_per_s))
        self.num_requests += 1
        if request.priority is Priority.INTERACTIVE:
            self._pace.note_question(is_first=not self._waiting[request.priority])
        self._waiting[request.priority].extend(Entry(request, index) for index in range(len(request.rows)))

    def hold_s(self) -> float:
        """Seconds to go on gathering before the next batch is cut; 0 when there is nothing to wait for."""
        interactive, bulk = (self._waiting[priority] for priority in (Priority.INTERACTIVE, Priority.BULK))
        return 0.0 if bulk else self._pace.hold_s(num_waiting=len({entry.request for entry in interactive}))

    def next_batch(self) -> list[Entry]:
        """Rows of one task and of like length that fit one step; empty when nothing waits."""
        self._drop_what_is_over()
        interactive, bulk = (self._waiting[priority] for priority in (Priority.INTERACTIVE, Priority.BULK))
        if interactive and not (bulk and self._passed_bulk >= _MAX_PASSED):
            self._passed_bulk += bool(bulk)
            batch = self._cut(interactive, max_tokens=self.max_batch_tokens)
            self._pace.note_step(num_requests=len({entry.request for entry in batch}))
            return batch
        self._passed_bulk = 0
        most = self._pace.bulk_tokens(tokens_per_s=self.tokens_per_s, most=self.max_batch_tokens)
        return self._cut(bulk, max_tokens=most) if bulk else []

    def note_finished(self) -> None:
        self.num_requests -= 1

    def note_run(self, *, num_tokens: int, seconds: float) -> None:
        """Learn how fast batches go, for honest retry times."""
        self.tokens_per_s += 0.1 * (num_tokens / max(seconds, 1e-6) - self.tokens_per_s)

    def check(self) -> None:
        """Every waiting row belongs to a request that is counted."""
        waiting = {entry.request for entries in self._waiting.values() for entry in entries}
        if len(waiting) > self.num_requests:
            raise AssertionError(f"{len(waiting)} requests wait, {self.num_requests} are counted")

    def _drop_what_is_over(self) -> None:
        for entries in self._waiting.values():
            for request in {entry.request for entry in entries}:
                if request.deadline and not request.deadline.remaining_s and not request.is_over:
                    request.fail(DeadlineExceeded(request.task))
            kept = [entry for entry in entries if not entry.request.is_over]
            if len(kept) < len(entries):
                entries.clear()
                entries.extend(kept)

    def _cut(self, entries: deque[Entry], *, max_tokens: int) -> list[Entry]:
        """Around the oldest row: the waiting rows nearest to it in length, within the step's budget."""
        oldest = entries[0]
        same_task = [entry for entry in entries if entry.request.task == oldest.request.task]
        same_task.sort(key=lambda entry: abs(entry.num_tokens - oldest.num_tokens))
        batch: list[Entry] = []
        longest = 0
        for entry in same_task:
            longest_then = max(longest, entry.num_tokens)
            if batch and longest_then * (len(batch) + 1) > max_tokens:
                break
            batch.append(entry)
            longest = longest_then
            if len(batch) == self.max_batch_size:
                break
        taken = set(batch)
        rest = [entry for entry in entries if entry not in taken]
        entries.clear()
        entries.extend(rest)
        return batch
