"""The only door to whoever writes prose: the engine's own generator, or an endpoint elsewhere, by setting.

There may be none: then answers are read out of the passages, and nothing else changes.
"""

import functools
from collections.abc import Sequence
from typing import Protocol

from django.conf import settings

from inference.completion import Message, SamplingParams, TokenStream
from inference.deadline import Deadline

from .endpoint import Endpoint
from .engine import get_engine


class Generator(Protocol):
    """What is asked of either."""

    @property
    def generator_fingerprint(self) -> str: ...

    def generate(
        self, prompt: Sequence[Message], *, sampling: SamplingParams, deadline: Deadline, request_id: str
    ) -> TokenStream: ...

    def abort(self, request_id: str) -> bool: ...


def get_generator() -> Generator | None:
    """Whoever writes here, or None."""
    if settings.GENERATOR_URL:
        return _endpoint(settings.GENERATOR_URL, settings.GENERATOR_MODEL, settings.GENERATOR_KEY)
    engine = get_engine()
    return engine if engine.can_generate else None


@functools.cache
def _endpoint(url: str, model: str, key: str) -> Endpoint:
    return Endpoint(url, model=model, key=key)


def prose_fingerprint() -> list[object]:
    """All that decides what is written, apart from question and passages; empty where nothing is."""
    generator = get_generator()
    if generator is None:
        return []
    return ["prose-1", generator.generator_fingerprint, settings.GENERATOR_CONTEXT, settings.GENERATOR_TOKENS]
