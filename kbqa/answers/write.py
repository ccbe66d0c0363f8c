"""Passages → prose over them, where there is a generator; nothing is told before it was checked.

A sentence is held against the passages as soon as it is whole, and told with the numbers
of the quotes that bear it; what nothing bears is dropped. Whatever goes wrong, the
reader's own words remain: no citations come back where nothing was told.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import uuid4

import numpy as np
import structlog
from django.conf import settings

from inference.completion import FinishReason, SamplingParams, TokenEvent
from inference.deadline import Deadline
from inference.errors import EngineError
from inference.types import Reading, Span
from kbqa.engine import get_engine
from kbqa.generator import Generator as Writer
from kbqa.generator import get_generator
from kbqa.metrics import WRITTEN_SENTENCES

from .check import Checked, Checker
from .cite import cite
from .events import CitationView, Token, Waiting, tokens_of
from .passages import Found
from .patience import one_by_one
from .prompt import Prompt, context_of, prompt_for
from .sentences import Sentence, SentenceStream
from .trace import Trace

log = structlog.get_logger(__name__)

Telling = Generator[Token | Waiting, None, tuple[CitationView, ...]]

_WHOLE: Final = (FinishReason.FINISHED, FinishReason.LENGTH)
_STOPS: Final = ".!?。！？\"'”’)]）】"
_TRIES: Final = 4  # sentences in a row that no passage says, and the generator is stopped


def write(question: str, passages: Sequence[Found], *, deadline: Deadline, trace: Trace) -> Telling:
    """Tells the answer sentence by sentence and returns its citations; none: nothing was told."""
    writer = get_generator()
    if writer is None or trace.degraded:
        return ()
    prompt = prompt_for(question, passages, max_tokens=settings.GENERATOR_CONTEXT - settings.GENERATOR_TOKENS)
    if not prompt.passages:
        return ()
    citations, request_id = Citations(prompt.passages), uuid4().hex
    facts: dict[str, Any] = {"generator": writer.generator_fingerprint, "kept": 0, "dropped": []}  # Any: JSON
    trace.facts["writing"] = facts
    work = partial(_written, writer, prompt, deadline=deadline, request_id=request_id)
    with trace.stage("write"), closing(one_by_one(work, abort=partial(_abort, writer, request_id))) as heard:
        try:
            for said in heard:
                if isinstance(said, Waiting):
                    yield said
                elif isinstance(said, TokenEvent):
                    facts |= _counts(said)
                    trace.degraded |= said.finish not in _WHOLE
                else:
                    yield from _told(*said, citations=citations, facts=facts)
        except EngineError as error:
            log.warning("nothing_written", error=str(error))
            facts["error"], trace.degraded = type(error).__name__, True
    return tuple(citations.kept)


class Citations:
    """Numbered from 1 as they are first used; a place that is used again keeps its number."""

    def __init__(self, passages: Sequence[Found]) -> None:
        self._passages = passages
        self.kept: list[CitationView] = []

    def number_of(self, quote: Span) -> int | None:
        """The citation's number; None where the quote is not verbatim in its source."""
        cited = next(iter(cite(Reading(spans=(quote,), confidence=1.0, passage_scores=()), self._passages)), None)
        if cited is None:
            return None
        for kept in self.kept:
            if replace(cited, number=kept.number) == kept:
                return kept.number
        self.kept.append(replace(cited, number=len(self.kept) + 1))
        return len(self.kept)


def _told(sentence: Sentence, checked: Checked, *, citations: Citations, facts: dict[str, Any]) -> Iterator[Token]:
    """A sentence with its numbers; nothing where none of its quotes stands in its source."""
    numbers = {number: None for quote in checked.quotes if (number := citations.number_of(quote))}
    if not numbers:
        facts["dropped"].append({"text": checked.text[:300], "fault": checked.fault or "quote"})
        WRITTEN_SENTENCES.labels("dropped").inc()
        return
    gap = "" if not facts["kept"] else "\n" if "\n" in sentence.gap else sentence.gap[:1]
    facts["kept"] += 1
    WRITTEN_SENTENCES.labels("kept").inc()
    space = " " if checked.text[-1].isascii() else ""
    yield from tokens_of(f"{gap}{checked.text}{space}{''.join(f'[{number}]' for number in numbers)}")


def _written(
    writer: Writer, prompt: Prompt, *, deadline: Deadline, request_id: str
) -> Iterator[tuple[Sentence, Checked] | TokenEvent]:
    """Each sentence as it is checked, and the stream's last event."""

    def cosines(some: Sequence[str], others: Sequence[str]) -> np.ndarray:
        vectors = get_engine().embed([*some, *others], deadline=deadline, request_id=request_id)
        products: np.ndarray = vectors[: len(some)] @ vectors[len(some) :].T
        return products

    texts, contexts = [f.text for f in prompt.passages], [context_of(f) for f in prompt.passages]
    checker, sentences = Checker(texts, contexts, cosines), SentenceStream()
    sampling = SamplingParams(max_tokens=settings.GENERATOR_TOKENS)
    tries = _TRIES
    with writer.generate(prompt.messages, sampling=sampling, deadline=deadline, request_id=request_id) as stream:
        for event in stream:
            for sentence in _whole(sentences, event):
                checked = checker.check(sentence.text)
                tries = tries - 1 if checked.fault else _TRIES
                yield sentence, checked
                if not tries:
                    return
            if event.finish:
                yield event


def _whole(sentences: SentenceStream, event: TokenEvent) -> Iterator[Sentence]:
    """The sentences that are complete with this event; one that was cut off never is."""
    yield from sentences.push(event.text)
    if event.finish:
        for sentence in sentences.flush():
            if event.finish is FinishReason.FINISHED or sentence.text[-1] in _STOPS:
                yield sentence


def _counts(last: TokenEvent) -> dict[str, Any]:  # Any: JSON
    return {
        "finish": last.finish,
        "prompt_tokens": last.num_prompt_tokens,
        "cached_tokens": last.num_cached_tokens,
        "tokens": last.num_tokens,
    }


def _abort(writer: Writer, request_id: str) -> None:
    """What is being written, and what is being compared."""
    writer.abort(request_id)
    get_engine().abort(request_id)
