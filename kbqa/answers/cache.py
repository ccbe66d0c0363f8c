"""Finished answers, kept under everything they depend on; so nothing is ever stale and nothing leaks.

The key holds the normalised question, the collections with their snapshot numbers,
and the fingerprints of the models; publishing, granting and redeploying need no purge.
A value that does not name its own key, or does not parse, is a miss.
"""

import hashlib
import json
import unicodedata
from collections.abc import Sequence

import structlog
from django.conf import settings
from django.core.cache import cache

from kbqa.engine import get_engine

from .events import Abstained, Cited, Event
from .scope import Scope
from .wire import event_name, from_json, to_json

log = structlog.get_logger(__name__)


def key_for(question: str, scope: Scope) -> str:
    engine = get_engine()
    parts = [
        " ".join(unicodedata.normalize("NFKC", question).casefold().split()),
        scope.key,
        engine.encoder_fingerprint,
        engine.reader_fingerprint,
        settings.ABSTAIN_BELOW,
        settings.NUM_PASSAGES,
    ]
    return "answer:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def look(key: str) -> list[Event] | None:
    """The events of a finished answer, or None; a broken value or an unreachable cache is a miss."""
    try:
        value = json.loads(cache.get(key) or "null")
        if value is None or value["key"] != key:
            return None
        return [from_json(name, fields) for name, fields in value["events"]]
    except Exception as error:  # a cache may hold or raise anything; an answer must not depend on it
        log.warning("answer_cache_unusable", error=type(error).__name__)
        return None


def keep(key: str, events: Sequence[Event]) -> None:
    """Keep a completed answer; anything less is forgotten."""
    if not settings.ANSWER_CACHE_TTL_S or not events or not isinstance(events[-1], Cited | Abstained):
        return
    value = {"key": key, "events": [(event_name(event), to_json(event)) for event in events]}
    try:
        cache.set(key, json.dumps(value), settings.ANSWER_CACHE_TTL_S)
    except Exception as error:  # as above
        log.warning("answer_cache_unusable", error=type(error).__name__)
