"""Question → passages the asker may see, best first: dense and lexical, joined and reranked, within the budget."""

import threading
from collections import OrderedDict

import numpy as np
from django.conf import settings

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded
from ingest.index.types import Query
from kbqa.documents.glossary import glossary_added
from kbqa.engine import get_engine
from kbqa.index import get_searcher
from kbqa.metrics import QUESTION_VECTORS

from .passages import Found, passages_of
from .rerank import rerank
from .scope import Scope
from .trace import Trace

CANDIDATES = 20
_MAX_VECTORS = 4_096

_vectors: OrderedDict[tuple[str, str], np.ndarray] = OrderedDict()
_vectors_lock = threading.Lock()


def retrieve(question: str, *, scope: Scope, deadline: Deadline, trace: Trace, limit: int = CANDIDATES) -> list[Found]:
    """The scope is the filter: no snapshot of a collection outside it is ever opened."""
    snapshots = scope.snapshots
    if not snapshots:
        return []
    engine, budget = get_engine(), deadline.within(settings.RETRIEVAL_DEADLINE_S)
    with trace.stage("embed"):
        try:
            vector: np.ndarray | None = vector_of(question, deadline=budget)
        except DeadlineExceeded:  # the lexical list alone can still answer
            vector, trace.degraded = None, True
    also = glossary_added(question, scope.glossaries)
    if also:
        trace.facts["glossary"] = list(also)
    with trace.stage("search"):
        trust = engine.known_share(question)
        query = Query(text=question, vector=vector, also=also, vector_trust=trust, limit=limit)
        result = get_searcher(snapshots).search(query, deadline=budget)
        trace.degraded |= result.degraded
    with trace.stage("load"):
        passages = passages_of(result.hits)
    with trace.stage("rerank"):
        passages = rerank(" ".join((question, *also)), passages, trust=trust)
    trace.facts["candidates"] = [
        {"title": found.title, "page": found.row.page, "start": found.row.start, "terms": list(found.hit.terms)}
        | found.view().scores
        | ({"edited": True} if found.row.is_edited else {})
        for found in passages
    ]
    return passages


def vector_of(question: str, *, deadline: Deadline) -> np.ndarray:
    """The question's unit vector, remembered by encoder: asked again over another snapshot, it is embedded once."""
    engine = get_engine()
    key = (engine.encoder_fingerprint, question)
    with _vectors_lock:
        if key in _vectors:
            _vectors.move_to_end(key)
            QUESTION_VECTORS.labels("hit").inc()
            return _vectors[key]
    QUESTION_VECTORS.labels("miss").inc()
    vector: np.ndarray = engine.embed([question], deadline=deadline)[0]
    with _vectors_lock:
        _vectors[key] = vector
        while len(_vectors) > _MAX_VECTORS:
            _vectors.popitem(last=False)
    return vector
