"""Continuous batching: which sequences share the next forward pass, and how many tokens of each.

A step decodes every running sequence and spends what is left of its token budget on
prompts, in chunks. Blocks are claimed here, before a tensor is built, so a scheduled
step cannot run out of cache; when nothing can be claimed, the youngest is preempted.
Integers only: no tensor is touched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from collections.abc import Sequence as Seq

from inference.completion import FinishReason
from inference.errors import InvalidRequest, Overloaded
from inference.kvcache.block_table import BlockTable
from inference.kvcache.prefix import PrefixCache
from inference.sequence import PassageRange, Sequence
from inference.step import Fill, Share, Step

from .drafts import Drafter


class ContinuousScheduler:
    """The queue and the running set; its caller holds the lock."""

    def __init__(
        self,
        cache: PrefixCache,
        *,
        max_running: int,
        max_step_tokens: int,
        max_queue: int,
        max_tokens: int,
        max_drafts: int = 0,
        is_known: Callable[[tuple[int, ...]], bool] = lambda passage: False,
    ) -> None:
        """``is_known`` tells whether a passage's keys need only be looked up."""
        assert max_step_tokens >= max_running, "every running sequence must be able to decode"
        self._cache = cache
        self.max_running, self.max_step_tokens, self.max_queue = max_running, max_step_tokens, max_queue
        self.max_tokens = min(max_tokens, cache.pool.num_blocks * cache.block_size)  # of one sequence
        self.drafter, self._is_known = Drafter(max_drafts=max_drafts), is_known
        self.waiting: deque[Sequence] = deque()
        self.running: list[Sequence] = []  # oldest first
        self.finished: list[Sequence] = []  # not yet told
        self._tables: dict[Sequence, BlockTable] = {}
        self.num_preempted = 0
        self.seconds_a_sequence = 1.0  # learned, for honest retry times

    @property
    def has_work(self) -> bool:
        return bool(self.waiting or self.running)

    def submit(self, sequence: Sequence) -> None:
        """Queue it; raises Overloaded, or InvalidRequest for a prompt that can never fit."""
        if len(sequence.prompt) >= self.max_tokens:
            raise InvalidRequest(f"a prompt may have {self.max_tokens - 1} tokens, got {len(sequence.prompt)}")
        if not sequence.prompt:
            raise InvalidRequest("the prompt is empty")
        if len(self.waiting) >= self.max_queue:
            turns = len(self.waiting) / self.max_running
            raise Overloaded(retry_after_s=max(0.1, turns * self.seconds_a_sequence))
        self.waiting.append(sequence)

    def schedule(self) -> Step:
        """The next step; empty when nothing can run."""
        self._drop_what_is_over()
        step = Step()
        preempted = self._continue_running(step)
        if not preempted:
            self._admit_waiting(step)
        return step

    def deliver(self, step: Step, picked: Seq[Seq[int]]) -> list[tuple[Sequence, list[int]]]:
        """Append what was picked after each share, one token and one more a draft; returns what is new to whom.

        Sequences that thereby end are in `finished`; an end token is not among the new ones.
        """
        news = []
        for share, picks in zip(step.shares, picked, strict=True):
            sequence = share.sequence
            if sequence.finish:
                continue
            new: list[int] = []
            sequence.num_computed = share.end
            if share.is_last:
                accepted = self.drafter.accept(share, picks)
                sequence.num_computed += accepted
                new = self._append(sequence, picks[: accepted + 1])
            self._tables[sequence].keep(sequence.names, num_computed=min(sequence.num_computed, len(sequence.tokens)))
            if new:
                news.append((sequence, new))
            if reason := self._reason(sequence):
                self.finish(sequence, reason)
        for fill in step.fills:
            if not fill.sequence.finish and fill.end > fill.sequence.num_computed:
                fill.sequence.num_computed = fill.end
                self._tables[fill.sequence].keep(fill.sequence.names, num_computed=fill.end)
        return news

    def finish(self, sequence: Sequence, reason: FinishReason) -> None:
        """End it now, whatever it was doing; its blocks are free at once."""
        if sequence.finish:
            return
        sequence.finish = reason
        self.drafter.forget(sequence)
        if sequence in self._tables:
            self._tables.pop(sequence).free()
            self.running.remove(sequence)
        elif sequence in self.waiting:
            self.waiting.remove(sequence)
        self.finished.append(sequence)

    def take_finished(self) -> list[Sequence]:
        taken, self.finished = self.finished, []
        return taken

    def check(self) -> None:
        """Recount blocks, and who runs."""
        if set(self._tables) != set(self.running) or set(self.running) & set(self.waiting):
            raise AssertionError("running are not those with blocks")
        self._cache.check(table.block_ids for table in self._tables.values())

    def _continue_running(self, step: Step) -> bool:
        """Decode what decodes, go on with prompts; whether somebody was preempted."""
        reserved = sum(sequence.is_decoding for sequence in self.running)
        num_preempted = self.num_preempted
        for sequence in list(self.running):
            if sequence not in self._tables:  # preempted by an older one, and so is all that follows
                break
            reserved -= sequence.is_decoding
            size = self._reach(sequence, self.max_step_tokens - step.num_tokens - reserved)
            if size > 0 and self._make_room(sequence, end=sequence.num_computed + size):
                self._share(step, sequence, size=size, spare=self.max_step_tokens - step.num_tokens - reserved - size)
        return self.num_preempted > num_preempted

    def _admit_waiting(self, step: Step) -> None:
        """In their order, each only when all its tokens would find room."""
        while self.waiting and len(self.running) < self.max_running and step.num_tokens < self.max_step_tokens:
            sequence, table = self.waiting[0], BlockTable(self._cache)
            if not table.can_adopt_and_grow(sequence.names):
                return
            self.waiting.popleft()
            self.running.append(sequence)
            self._tables[sequence] = table
            sequence.num_computed = table.adopt(sequence.names)
            sequence.num_cached = min(sequence.num_computed, len(sequence.prompt))
            self._share(step, sequence, size=self._reach(sequence, self.max_step_tokens - step.num_tokens), spare=0)

    def _reach(self, sequence: Sequence, room: int) -> int:
        """How many tokens it can go on by computing ``room`` of them; known passages cost nothing."""
        end = sequence.num_computed
        for passage in sequence.passages:
            first = max(passage.first, end)
            if first >= passage.end or not self._is_known(sequence.prompt[passage.start : passage.end]):
                continue
            if first - end >= room:
                break
            room, end = room - (first - end), passage.end
        return min(end + max(0, room), len(sequence.tokens)) - sequence.num_computed

    def _share(self, step: Step, sequence: Sequence, *, size: int, spare: int) -> None:
        """Give it ``size`` tokens of the step, and, where it decodes, drafts within ``spare`` more."""
        start, end, table = sequence.num_computed, sequence.num_computed + size, self._tables[sequence]
        room = min(spare, sequence.num_left - 1, self.max_tokens - len(sequence.tokens) - 1)
        drafts = self.drafter.propose(sequence, room=room) if sequence.is_decoding else []
        if drafts and not table.can_grow(start=start, end=end + len(drafts)):
            drafts = []
        step.copies += table.grow(start=start, end=end + len(drafts))
        for first, last, passage in sequence.pieces(start, end):
            if passage:
                step.fills.append(self._fill(sequence, passage, start=first, end=last))
                continue
            step.shares.append(
                Share(
                    sequence=sequence,
                    start=first,
                    end=last,
                    drafts=tuple(drafts),
                    block_ids=tuple(table.block_ids),
                    slots=tuple(table.slots(first, last + len(drafts))),
                )
            )

    def _fill(self, sequence: Sequence, passage: PassageRange, *, start: int, end: int) -> Fill:
        tokens = sequence.prompt[passage.start : passage.end]
        return Fill(
            sequence=sequence,
            passage=tokens,
            place=passage.start,
            start=start,
            end=end,
            slots=tuple(self._tables[sequence].slots(start, end)),
            is_known=self._is_known(tokens),
        )

    def _append(self, sequence: Sequence, picks: Seq[int]) -> list[int]:
        """The picks up to the end token or the limit; the end token itself is kept out of what is new."""
        new: list[int] = []
        for token in picks[: sequence.num_left]:
            if token in sequence.end_ids:
                sequence.tokens.append(token)
                return new
            sequence.tokens.append(token)
            new.append(token)
        return new

    def _reason(self, sequence: Sequence) -> FinishReason | None:
        if sequence.num_outputs and sequence.tokens[-1] in sequence.end_ids:
            return FinishReason.FINISHED
        if sequence.num_left <= 0 or len(sequence.tokens) >= self.max_tokens:
            return FinishReason.LENGTH
        return None

    def _make_room(self, sequence: Sequence, *, end: int) -> bool:
        """Preempt the youngest until it fits; False when that was the sequence itself."""
        while not self._tables[sequence].can_grow(start=sequence.num_computed, end=end):
            victim = self.running.pop()
            self._preempt(victim)
            if victim is sequence:
                return False
        return True

    def _preempt(self, sequence: Sequence) -> None:
        self._tables.pop(sequence).free()
        sequence.num_computed = 0
        self.waiting.appendleft(sequence)
        self.num_preempted += 1

    def _drop_what_is_over(self) -> None:
        for sequence in [*self.running, *self.waiting]:
            if sequence.is_aborted:
                self.finish(sequence, FinishReason.ABORTED)
            elif sequence.deadline and not sequence.deadline.remaining_s:
                self.finish(sequence, FinishReason.DEADLINE)
