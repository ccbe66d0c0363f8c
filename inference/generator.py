"""The generator: one thread that schedules, runs and delivers, behind streams of text (stream.py).

The network is touched by this thread alone. Every stream that was opened ends in exactly
one event with a finish, whatever happens; a sequence that breaks a step is found by
running the step's sequences one by one, and fails alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from collections.abc import Sequence as Seq
from pathlib import Path
from typing import Self

from .chat import ChatTokenizer
from .completion import FinishReason, Message, SamplingParams, TokenStream
from .config import DecodingConfig
from .deadline import Deadline
from .decoding import Decoding
from .detokenizer import Detokenizer
from .errors import EngineFailed
from .kvcache.passages import PassageStore
from .scheduler.continuous import ContinuousScheduler
from .sequence import PassageRange, Sequence
from .step import Step
from .stream import GeneratorStream

log = logging.getLogger(__name__)

Run = Callable[[Step], list[list[int]]]


class Generator:
    """Owns the thread and the lock around the queue."""

    def __init__(
        self,
        tokenizer: ChatTokenizer,
        scheduler: ContinuousScheduler,
        run: Run,
        *,
        fingerprint: str = "",
        passages: PassageStore | None = None,
    ) -> None:
        """``passages`` keeps the keys of the passages that prompts are built of; None: they are part of the prompt."""
        self.fingerprint, self._passages = fingerprint, passages
        self._tokenizer, self._scheduler, self._run = tokenizer, scheduler, run
        self._wake = threading.Condition()
        self._streams: dict[Sequence, GeneratorStream] = {}
        self._closing = False
        self.num_steps = self.num_tokens = 0
        self.busy_s = 0.0
        self._thread = threading.Thread(target=self._loop, name="generator", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, folder: Path, config: DecodingConfig) -> Self:
        """Load the checkpoint in ``folder`` and serve it."""
        loaded = Decoding.load(folder, config)
        return cls(
            loaded.tokenizer,
            loaded.scheduler,
            loaded.runner.run,
            fingerprint=loaded.fingerprint,
            passages=loaded.passages,
        )

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive() and not self._closing

    def generate(
        self,
        prompt: str | Seq[Message],
        *,
        sampling: SamplingParams | None = None,
        deadline: Deadline | None = None,
        request_id: str | None = None,
    ) -> TokenStream:
        """Queue the prompt and listen; raises Overloaded, InvalidRequest or EngineFailed here, never in the stream."""
        ids, passages = self._encode(prompt)
        sequence = Sequence(
            prompt=tuple(ids),
            passages=passages,
            sampling=sampling or SamplingParams(),
            end_ids=self._tokenizer.end_ids,
            deadline=deadline,
            request_id=request_id,
        )
        stream = GeneratorStream(sequence, Detokenizer(self._tokenizer.decode))
        with self._wake:
            if not self.is_alive:
                raise EngineFailed("the generator is closed")
            self._scheduler.submit(sequence)
            self._streams[sequence] = stream
            self._wake.notify()
        return stream

    def abort(self, request_id: str) -> bool:
        """End every stream of this id before the next step; whether there was one."""
        with self._wake:
            found = [sequence for sequence in self._streams if sequence.request_id == request_id]
            for sequence in found:
                sequence.is_aborted = True
            self._wake.notify()
        return bool(found)

    def metrics(self) -> dict[str, float]:
        """What the generator counts about itself."""
        scheduler = self._scheduler
        return {
            "generator_waiting": float(len(scheduler.waiting)),
            "generator_running": float(len(scheduler.running)),
            "generator_steps_total": float(self.num_steps),
            "generator_tokens_total": float(self.num_tokens),
            "generator_busy_seconds_total": self.busy_s,
            "generator_preempted_total": float(scheduler.num_preempted),
            "generator_drafted_total": float(scheduler.drafter.num_drafted),
            "generator_accepted_total": float(scheduler.drafter.num_accepted),
            **self._passage_metrics(),
        }

    def close(self) -> None:
        """Abort what waits and runs, then end the thread."""
        with self._wake:
            self._closing = True
            for sequence in self._streams:
                sequence.is_aborted = True
            self._wake.notify()
        self._thread.join()

    def _passage_metrics(self) -> dict[str, float]:
        if self._passages is None:
            return {}
        return {
            "generator_passages_found_total": float(self._passages.num_hits),
            "generator_passages_computed_total": float(self._passages.num_misses),
            "generator_passages_bytes": float(self._passages.num_bytes),
        }

    def _encode(self, prompt: str | Seq[Message]) -> tuple[list[int], tuple[PassageRange, ...]]:
        if isinstance(prompt, str):
            return self._tokenizer.encode(prompt), ()
        if self._passages is not None:
            ids, ranges = self._tokenizer.encode_passages(prompt)
            return ids, tuple(PassageRange(*tokens) for tokens in ranges)
        return self._tokenizer.encode_chat(prompt), ()

    def _loop(self) -> None:
        try:
            while (step := self._schedule()) is not None:
                self._deliver(*self._run_step(step))
        except Exception:
            log.exception("the generator has stopped")
        finally:
            with self._wake:
                self._closing = True
                for stream in self._streams.values():
                    stream.end(FinishReason.FAILED)
                self._streams.clear()

    def _schedule(self) -> Step | None:
        """The next step; None when closing."""
        with self._wake:
            while True:
                step = self._scheduler.schedule()
                self._tell_finished()
                if not step.is_empty:
                    return step
                if self._closing:
                    return None
                self._wake.wait()

    def _run_step(self, step: Step) -> tuple[Step, list[list[int]]]:
        """What was picked; sequences the network fails on are ended, and left out of the step."""
        started = time.perf_counter()
        try:
            picked = self._run(step)
        except Exception:
            log.exception("a step of %d sequences failed; they are run one by one", len(step.shares))
            step, picked = self._run_alone(step)
        self.busy_s += time.perf_counter() - started
        self.num_steps += 1
        return step, picked

    def _run_alone(self, step: Step) -> tuple[Step, list[list[int]]]:
        survived, picked = Step(), []
        for fill in step.fills:
            try:
                self._run(Step(fills=[fill]))
                survived.fills.append(fill)
            except Exception:
                self._fail(fill.sequence)
        for share in step.shares:
            if share.sequence.finish:
                continue
            try:
                picked += self._run(Step([share]))  # its copies were made before the step failed
                survived.shares.append(share)
            except Exception:
                self._fail(share.sequence)
        return survived, picked

    def _fail(self, sequence: Sequence) -> None:
        log.exception("the network failed on request %s", sequence.request_id)
        with self._wake:
            self._scheduler.finish(sequence, FinishReason.FAILED)

    def _deliver(self, step: Step, picked: list[list[int]]) -> None:
        with self._wake:
            for sequence, tokens in self._scheduler.deliver(step, picked):
                self.num_tokens += len(tokens)
                if self._streams[sequence].push(tokens):
                    self._scheduler.finish(sequence, FinishReason.FINISHED)
            self._tell_finished()

    def _tell_finished(self) -> None:
        for sequence in self._scheduler.take_finished():
            assert sequence.finish, "only what is over is told"
            self._streams.pop(sequence).end(sequence.finish)
