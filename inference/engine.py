"""The engine: one worker thread behind `embed` and `read`, with a bounded queue, deadlines and aborts.

Everything a caller may do is here; how rows share a step is in scheduler/, how an
answer is found is in reading/.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from types import TracebackType
from typing import Self

import numpy as np

from .completion import Message, SamplingParams, TokenStream
from .config import EngineConfig
from .deadline import Deadline
from .errors import EngineFailed, InvalidRequest
from .generator import Generator
from .networks import Networks
from .reading.evidence import read_evidence
from .reading.headings import without_headings
from .reading.ranking import shipped_ranker
from .reading.staged import read_in_stages
from .reading.terms import sentences_of
from .request import Priority, Request, Row
from .scheduler.micro import MicroBatcher
from .scheduler.pace import Pace
from .scheduler.worker import Worker
from .tokenizer import Tokenizer
from .types import Reading

_INTERACTIVE_ROWS = 64  # a request of more rows is bulk, and lets questions pass


class Engine:
    """Loads the checkpoints and serves until closed; safe for many threads."""

    def __init__(self, config: EngineConfig | None = None) -> None:
        self.config = config or EngineConfig()
        self._tokenizer = Tokenizer(self.config.encoder_path)
        networks = Networks.load(self.config)
        self._reader = networks.reader
        self.dimension, self.max_tokens = networks.dimension, networks.max_tokens
        runner = networks.runner(self.config)
        self.precision, self.encoder_fingerprint = runner.precision, networks.fingerprint(runner)
        generator = self.config.generator_path
        self._generator = Generator.open(generator, self.config.decoding) if generator else None
        self._worker = Worker(
            MicroBatcher(
                max_batch_size=self.config.max_batch_size,
                max_batch_tokens=self.config.max_batch_tokens,
                max_queue=self.config.max_queue,
                pace=_pace(self.config),
            ),
            runner.run,
            max_step_s=self.config.max_step_s,
        )
        self._vectors = _VectorCache(self.config.sentence_cache)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_ready(self) -> bool:
        return self._worker.is_alive and (self._generator is None or self._generator.is_alive)

    @property
    def reader_fingerprint(self) -> str:
        """Names what reads: the trained reader's weights and calibration, and both ways of reading by their number."""
        spans = f"spans-12:{self.config.read_first}:{self._reader.fingerprint}:" if self._reader else ""
        return f"{spans}evidence-10:{shipped_ranker().fingerprint}:{self.encoder_fingerprint}"

    def embed(
        self, texts: Sequence[str], *, deadline: Deadline | None = None, request_id: str | None = None
    ) -> np.ndarray:
        """Unit vectors, float32 [texts, dimension]; a text over the window is cut at its end.

        Raises Overloaded, DeadlineExceeded, RequestAborted or EngineFailed.
        """
        room = self.max_tokens - 2
        rows = [self._row(encoding.ids[:room]) for encoding in self._tokenizer.encode(texts)]
        priority = Priority.INTERACTIVE if len(rows) <= _INTERACTIVE_ROWS // 2 else Priority.BULK
        outputs = self._worker.submit(Request("embed", rows, deadline, request_id, priority))
        return np.stack(outputs) if outputs else np.empty((0, self.dimension), np.float32)

    def read(
        self,
        question: str,
        passages: Sequence[str],
        *,
        contexts: Sequence[str] = (),
        deadline: Deadline | None = None,
        request_id: str | None = None,
        max_spans: int = 3,
    ) -> Reading:
        """The best answers in the passages, verbatim, with a calibrated confidence. Raises as `embed` does.

        Passages come best first: those behind ``read_first`` are read only where the first leave doubt.
        ``contexts``, one a passage or none at all, are the titles and headings it stands under: read with it,
        never the answer.
        """
        if not passages:
            return Reading(spans=(), confidence=0.0, passage_scores=())
        if contexts and len(contexts) != len(passages):
            raise InvalidRequest(f"{len(contexts)} contexts for {len(passages)} passages")
        if self._reader and self._tokenizer.known_share(question, spelled_out=True) >= 0.5:
            return read_in_stages(
                self._reader,
                question,
                passages,
                lambda rows: self._worker.submit(Request("read", list(rows), deadline, request_id)),
                contexts=contexts,
                first=self.config.read_first,
                max_spans=max_spans,
            )
        return self._read_sentences(question, passages, contexts, deadline, request_id, max_spans)

    @property
    def can_generate(self) -> bool:
        """Whether a generator is configured."""
        return self._generator is not None

    @property
    def generator_fingerprint(self) -> str:
        """Names what writes: the checkpoint's weights, shape, words and template, and its shortcuts; empty for none."""
        return self._generator.fingerprint if self._generator else ""

    def generate(
        self,
        prompt: str | Sequence[Message],
        *,
        sampling: SamplingParams | None = None,
        deadline: Deadline | None = None,
        request_id: str | None = None,
    ) -> TokenStream:
        """A text or turns to go on from, as a stream of text; its last event alone says how it finished.

        Raises InvalidRequest (no generator, or a prompt that cannot fit), Overloaded or
        EngineFailed at once. Close the stream to abort.
        """
        if self._generator is None:
            raise InvalidRequest("no generator is configured")
        return self._generator.generate(prompt, sampling=sampling, deadline=deadline, request_id=request_id)

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """The character range of each of the encoder's tokens, special tokens left out, nothing cut."""
        return self._tokenizer.offsets(text)

    def known_share(self, text: str) -> float:
        """The share of the text that the encoder's vocabulary really knows, in [0, 1]; near 0 for Chinese."""
        return self._tokenizer.known_share(text)

    def abort(self, request_id: str) -> bool:
        """End the work of this id: it raises RequestAborted where it waits; False when there is none."""
        aborted = self._worker.abort(request_id)
        return bool(self._generator and self._generator.abort(request_id)) or aborted

    def metrics(self) -> dict[str, float]:
        """What the engine counts about itself."""
        return {
            "requests_waiting": float(self._worker.num_waiting),
            "batches_total": float(self._worker.num_batches),
            "rows_total": float(self._worker.num_rows),
            "busy_seconds_total": self._worker.busy_s,
            "cached_sentences": float(len(self._vectors)),
            **self._kept_passages(),
            **(self._generator.metrics() if self._generator else {}),
        }

    def close(self) -> None:
        """Answer what waits and end every stream, then stop; further calls raise EngineFailed."""
        if self._generator:
            self._generator.close()
        self._worker.close()

    def _kept_passages(self) -> dict[str, float]:
        """What a reader that reads passages apart keeps of them."""
        seam = self._reader.model.seam if self._reader else None
        if seam is None:
            return {}
        return {
            "cached_passages": float(len(seam)),
            "cached_passages_bytes": float(seam.num_bytes),
            "cached_passages_hits_total": float(seam.num_hits),
            "cached_passages_misses_total": float(seam.num_misses),
        }

    def _row(self, ids: Sequence[int]) -> Row:
        whole = (self._tokenizer.cls_id, *ids, self._tokenizer.sep_id)
        return Row(whole, second_from=len(whole))

    def _read_sentences(
        self,
        question: str,
        passages: Sequence[str],
        contexts: Sequence[str],
        deadline: Deadline | None,
        request_id: str | None,
        max_spans: int,
    ) -> Reading:
        sentences, trust = (
            without_headings(sentences_of(passages), passages, contexts=contexts),
            self.known_share(question),
        )
        similarities = None
        if trust >= 0.2 and sentences:  # below that the vectors say nothing
            texts = [sentence.text for sentence in sentences]
            unknown = self._vectors.missing(texts)
            asked, *found = self.embed([question, *unknown], deadline=deadline, request_id=request_id)
            self._vectors.keep(unknown, found)
            similarities = self._vectors.stack(texts, dict(zip(unknown, found, strict=True))) @ asked
        return read_evidence(
            question, passages, sentences, similarities, contexts=contexts, trust=trust, max_spans=max_spans
        )


class _VectorCache:
    """Sentence vectors by text, least recently used out first: a passage read again embeds nothing."""

    def __init__(self, max_entries: int) -> None:
        self._max, self._lock = max_entries, Lock()
        self._kept: OrderedDict[str, np.ndarray] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def missing(self, texts: Sequence[str]) -> list[str]:
        with self._lock:
            return [text for text in dict.fromkeys(texts) if text not in self._kept]

    def keep(self, texts: Sequence[str], vectors: Sequence[np.ndarray]) -> None:
        with self._lock:
            self._kept.update(zip(texts, vectors, strict=True))
            while len(self._kept) > self._max:
                self._kept.popitem(last=False)

    def stack(self, texts: Sequence[str], fresh: dict[str, np.ndarray]) -> np.ndarray:
        """[texts, dimension]; ``fresh`` covers what another thread may have pushed out meanwhile."""
        with self._lock:
            for text in texts:
                if text in self._kept:
                    self._kept.move_to_end(text)
            found = [fresh[text] if text in fresh else self._kept.get(text) for text in texts]
        if any(vector is None for vector in found):
            raise EngineFailed("the sentence cache is smaller than one reading")
        return np.stack([vector for vector in found if vector is not None])


def _pace(config: EngineConfig) -> Pace:
    return Pace(max_wait_s=config.max_wait_ms / 1000) if config.batch_strategy == "adaptive" else Pace.fixed()
