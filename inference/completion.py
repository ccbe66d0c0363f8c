"""What a caller of `generate` says and hears; a stream carries exactly one finish, in its last event."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Literal, Self

from .errors import InvalidRequest


class FinishReason(StrEnum):
    """How a stream ended."""

    FINISHED = "finished"  # the network ended it, or a stop string came
    LENGTH = "length"  # max_tokens, or the context is full
    ABORTED = "aborted"
    DEADLINE = "deadline"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation; ``passages`` are parts of its content, in order, that other prompts may have too."""

    role: Literal["system", "user", "assistant"]
    content: str
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """How tokens are chosen: the likeliest by default; ``top_k`` 0 and ``top_p`` 1 leave all in."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise InvalidRequest(f"max_tokens must be positive, got {self.max_tokens}")
        if not 0 <= self.temperature <= 100:
            raise InvalidRequest(f"temperature must be in [0, 100], got {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise InvalidRequest(f"top_p must be in (0, 1], got {self.top_p}")
        if self.top_k < 0:
            raise InvalidRequest(f"top_k must not be negative, got {self.top_k}")
        if any(not text for text in self.stop):
            raise InvalidRequest("a stop string must not be empty")

    @property
    def is_greedy(self) -> bool:
        return self.temperature == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEvent:
    """Text that came, whole characters only; ``finish`` in the last event, with the tokens counted."""

    text: str = ""
    finish: FinishReason | None = None
    num_prompt_tokens: int = 0
    num_cached_tokens: int = 0
    num_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A stream heard to its end."""

    text: str
    finish: FinishReason
    num_prompt_tokens: int
    num_tokens: int


class TokenStream(Iterator[TokenEvent]):
    """One request's events, heard by one thread; closing it before its end aborts the work."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Nobody listens any more: the work ends before the next step."""

    def collect(self) -> Completion:
        """Hear it to its end."""
        text, last = "", TokenEvent()
        for last in self:
            text += last.text
        assert last.finish, "every stream ends in a finish"
        return Completion(
            text=text, finish=last.finish, num_prompt_tokens=last.num_prompt_tokens, num_tokens=last.num_tokens
        )
