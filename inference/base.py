"""What a caller may ask of an engine, in this process or in another; tests/contract holds every one of them to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from .completion import Message, SamplingParams, TokenStream
from .deadline import Deadline
from .types import Reading


class AnyEngine(Protocol):
    """`Engine` says what each promises."""

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...

    @property
    def encoder_fingerprint(self) -> str: ...

    @property
    def reader_fingerprint(self) -> str: ...

    @property
    def is_ready(self) -> bool: ...

    @property
    def can_generate(self) -> bool: ...

    @property
    def generator_fingerprint(self) -> str: ...

    def embed(
        self, texts: Sequence[str], *, deadline: Deadline | None = None, request_id: str | None = None
    ) -> np.ndarray: ...

    def read(
        self,
        question: str,
        passages: Sequence[str],
        *,
        contexts: Sequence[str] = (),
        deadline: Deadline | None = None,
        request_id: str | None = None,
        max_spans: int = 3,
    ) -> Reading: ...

    def generate(
        self,
        prompt: str | Sequence[Message],
        *,
        sampling: SamplingParams | None = None,
        deadline: Deadline | None = None,
        request_id: str | None = None,
    ) -> TokenStream: ...

    def token_offsets(self, text: str) -> list[tuple[int, int]]: ...

    def known_share(self, text: str) -> float: ...

    def abort(self, request_id: str) -> bool: ...

    def metrics(self) -> dict[str, float]: ...

    def close(self) -> None: ...
