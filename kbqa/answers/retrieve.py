"""Question → passages the asker may see, best first; dense and lexical, within the retrieval budget."""

from django.conf import settings

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded
from ingest.index.types import Query
from kbqa.engine import get_engine
from kbqa.index import get_searcher

from .passages import Found, passages_of
from .scope import Scope
from .trace import Trace

CANDIDATES = 20


def retrieve(question: str, *, scope: Scope, deadline: Deadline, trace: Trace, limit: int = CANDIDATES) -> list[Found]:
    """The scope is the filter: no snapshot of a collection outside it is ever opened."""
    if not scope.snapshots:
        return []
    engine, budget = get_engine(), deadline.within(settings.RETRIEVAL_DEADLINE_S)
    with trace.stage("embed"):
        try:
            vector = engine.embed([question], deadline=budget)[0]
        except DeadlineExceeded:  # the lexical list alone can still answer
            vector, trace.degraded = None, True
    with trace.stage("search"):
        query = Query(text=question, vector=vector, vector_trust=engine.known_share(question), limit=limit)
        result = get_searcher(scope.snapshots).search(query, deadline=budget)
        trace.degraded |= result.degraded
    with trace.stage("load"):
        passages = passages_of(result.hits)
    trace.facts["candidates"] = [
        {"title": found.title, "page": found.row.page, "start": found.row.start, "terms": list(found.hit.terms)}
        | found.view().scores
        for found in passages
    ]
    return passages
