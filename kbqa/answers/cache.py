"""Finished answers, kept under everything they depend on; so nothing is ever stale and nothing leaks.

The key holds the question without its form, the collections with their snapshot numbers,
and the fingerprints of the models; publishing, granting and redeploying need no purge.
One lookup over three levels: what this conversation heard, what anyone was told, and
what was computed ahead. A value that does not name its own key, or does not parse, is a miss.
"""

import functools
import hashlib
import json
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import orjson
import structlog
from django.conf import settings
from django.core.cache import cache

from kbqa.engine import get_engine
from kbqa.generator import prose_fingerprint
from kbqa.metrics import ANSWER_CACHE

from .events import Abstained, Cited, Event, Waiting
from .scope import Scope
from .wire import event_name, from_json, to_json

log = structlog.get_logger(__name__)

_MAX_CONVERSATIONS = 256
_ANSWERS_A_CONVERSATION = 16
_ENDINGS = " ?!.。"  # what is wide is narrow by then, except the Chinese full stop


class Level(StrEnum):
    """Where an answer came from."""

    CONVERSATION = "conversation"
    SHARED = "shared"
    WARMED = "warmed"
    JOINED = "joined"
    CURATED = "curated"
    PLEASANTRY = "pleasantry"  # nobody asked anything
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Kept:
    """A finished answer's events, and the level they were found on."""

    events: tuple[Event, ...]
    level: Level


class _Conversations:
    """The last answers of the last conversations of this process; least recently used out first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[UUID, OrderedDict[str, tuple[Event, ...]]] = OrderedDict()

    def look(self, conversation: UUID, key: str) -> tuple[Event, ...] | None:
        with self._lock:
            answers = self._kept.get(conversation)
            if answers is None or key not in answers:
                return None
            self._kept.move_to_end(conversation)
            answers.move_to_end(key)
            return answers[key]

    def keep(self, conversation: UUID, key: str, events: tuple[Event, ...]) -> None:
        with self._lock:
            answers = self._kept.setdefault(conversation, OrderedDict())
            answers[key] = events
            self._kept.move_to_end(conversation)
            answers.move_to_end(key)
            if len(answers) > _ANSWERS_A_CONVERSATION:
                answers.popitem(last=False)
            if len(self._kept) > _MAX_CONVERSATIONS:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


conversations = _Conversations()


def normalized(question: str) -> str:
    """Questions that differ in case, width or white space are one question."""
    return " ".join(unicodedata.normalize("NFKC", question).casefold().split())


def question_key(question: str) -> str:
    """What questions that ask the same share: what stands after their last word does not count either.

    Curated answers are kept under its digest: to change what it gives, rewrite those in a migration.
    """
    words = normalized(question)
    return words.rstrip(_ENDINGS) or words


def key_for(question: str, scope: Scope) -> str:
    engine = get_engine()
    parts = [
        question_key(question),
        scope.key,
        engine.encoder_fingerprint,
        engine.reader_fingerprint,
        prose_fingerprint(),
        settings.ABSTAIN_BELOW,
        settings.NUM_PASSAGES,
    ]
    return "answer:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def look(key: str, *, conversation: UUID | None = None) -> Kept | None:
    """A finished answer, or None; a broken value or an unreachable cache is a miss."""
    if not settings.ANSWER_CACHE_TTL_S:
        return None
    if conversation and (events := conversations.look(conversation, key)):
        return Kept(events, Level.CONVERSATION)
    found = _shared(key)
    if found and conversation:
        conversations.keep(conversation, key, found.events)
    return found


def keep(key: str, events: Sequence[Event], *, conversation: UUID | None = None, warmed: bool = False) -> None:
    """Keep a completed answer; anything less is forgotten."""
    said = tuple(event for event in events if not isinstance(event, Waiting))
    if not settings.ANSWER_CACHE_TTL_S or not said or not isinstance(said[-1], Cited | Abstained):
        return
    if conversation:
        conversations.keep(conversation, key, said)
    value = {"key": key, "warmed": warmed, "events": [(event_name(event), to_json(event)) for event in said]}
    try:
        cache.set(key, orjson.dumps(value).decode(), settings.ANSWER_CACHE_TTL_S)
    except Exception as error:  # a cache may raise anything; an answer must not depend on it
        log.warning("answer_cache_unusable", error=type(error).__name__)


def count(level: Level) -> None:
    """Note where one question's answer came from."""
    ANSWER_CACHE.labels(level.value).inc()


def _shared(key: str) -> Kept | None:
    try:
        text = cache.get(key)
        return _parsed(key, text) if text else None
    except Exception as error:  # a cache may hold or raise anything, as above
        log.warning("answer_cache_unusable", error=type(error).__name__)
        return None


@functools.lru_cache(maxsize=256)
def _parsed(key: str, text: str) -> Kept | None:
    """What the cache holds, read once for as long as it holds just that."""
    value = orjson.loads(text)
    if value["key"] != key:
        return None
    events = tuple(from_json(name, fields) for name, fields in value["events"])
    if not events or not isinstance(events[-1], Cited | Abstained):
        return None
    return Kept(events, Level.WARMED if value["warmed"] else Level.SHARED)
