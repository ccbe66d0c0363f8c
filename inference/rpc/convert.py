"""Records ↔ messages, and arrays ↔ bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inference.completion import FinishReason, Message, SamplingParams, TokenEvent
from inference.tokenizer import storable
from inference.types import Reading, Span

from . import engine_pb2 as pb

_FLOATS = np.dtype("<f4")
_MAX_TEXTS = 256
_MAX_TEXT_CHARS = 2**19


def vectors_to(vectors: np.ndarray, *, engine_id: int) -> pb.Vectors:
    return pb.Vectors(engine_id=engine_id, values=np.ascontiguousarray(vectors, _FLOATS).tobytes())


def vectors_from(message: pb.Vectors, *, dimension: int) -> np.ndarray:
    """Float32 [texts, dimension]."""
    return np.frombuffer(message.values, _FLOATS).astype(np.float32).reshape(-1, dimension)


def texts_to(texts: Sequence[str]) -> Iterator[pb.EmbedRequest]:
    """Requests of as many texts as a message holds with ease, and their vectors."""
    piece: list[str] = []
    size = 0
    for text in map(storable, texts):
        if piece and (len(piece) == _MAX_TEXTS or size + len(text) > _MAX_TEXT_CHARS):
            yield pb.EmbedRequest(texts=piece)
            piece, size = [], 0
        piece.append(text)
        size += len(text)
    if piece:
        yield pb.EmbedRequest(texts=piece)


def reading_to(reading: Reading, *, engine_id: int) -> pb.Reading:
    return pb.Reading(
        engine_id=engine_id,
        spans=[
            pb.Span(
                passage=span.passage,
                start=span.start,
                end=span.end,
                sentence_start=span.sentence_start,
                sentence_end=span.sentence_end,
                score=span.score,
            )
            for span in reading.spans
        ],
        confidence=reading.confidence,
        passage_scores=reading.passage_scores,
        abstain_below=reading.abstain_below,
        degraded=reading.degraded,
        signals=reading.signals,
    )


def reading_from(message: pb.Reading) -> Reading:
    return Reading(
        spans=tuple(
            Span(
                passage=span.passage,
                start=span.start,
                end=span.end,
                sentence_start=span.sentence_start,
                sentence_end=span.sentence_end,
                score=span.score,
            )
            for span in message.spans
        ),
        confidence=message.confidence,
        passage_scores=tuple(message.passage_scores),
        abstain_below=message.abstain_below,
        degraded=message.degraded,
        signals=dict(message.signals),
    )


def prompt_to(prompt: str | Sequence[Message], sampling: SamplingParams) -> pb.GenerateRequest:
    said = pb.Sampling(
        max_tokens=sampling.max_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        seed=sampling.seed,
        stop=[storable(text) for text in sampling.stop],
    )
    if isinstance(prompt, str):
        return pb.GenerateRequest(text=storable(prompt), sampling=said)
    turns = [
        pb.Message(
            role=message.role,
            content=storable(message.content),
            passages=[storable(passage) for passage in message.passages],
        )
        for message in prompt
    ]
    return pb.GenerateRequest(turns=pb.Turns(messages=turns), sampling=said)


def prompt_from(message: pb.GenerateRequest) -> str | list[Message]:
    if message.WhichOneof("prompt") == "text":
        return str(message.text)
    return [
        Message(role=turn.role, content=turn.content, passages=tuple(turn.passages)) for turn in message.turns.messages
    ]


def sampling_from(message: pb.Sampling) -> SamplingParams:
    """Raises InvalidRequest for what no sampler can do."""
    return SamplingParams(
        max_tokens=message.max_tokens,
        temperature=message.temperature,
        top_p=message.top_p,
        top_k=message.top_k,
        seed=message.seed if message.HasField("seed") else None,
        stop=tuple(message.stop),
    )


def event_to(event: TokenEvent) -> pb.TokenEvent:
    return pb.TokenEvent(
        text=event.text,
        finish=event.finish or "",
        num_prompt_tokens=event.num_prompt_tokens,
        num_cached_tokens=event.num_cached_tokens,
        num_tokens=event.num_tokens,
    )


def event_from(message: pb.TokenEvent) -> TokenEvent:
    return TokenEvent(
        text=message.text,
        finish=FinishReason(message.finish) if message.finish else None,
        num_prompt_tokens=message.num_prompt_tokens,
        num_cached_tokens=message.num_cached_tokens,
        num_tokens=message.num_tokens,
    )
