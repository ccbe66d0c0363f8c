"""Writes about answers: turns begun, finished, failed and aborted; feedback given."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone

from inference.deadline import Deadline
from inference.errors import DeadlineExceeded, EngineError, InvalidRequest, Overloaded
from ingest.index.errors import FingerprintMismatch, SearchIndexError
from kbqa.documents.models import Version
from kbqa.durability import relaxed
from kbqa.errors import ApplicationError, Busy, Conflict, DeadlinePassed, Invalid
from kbqa.group_commit import GroupCommit
from kbqa.metrics import ANSWERS, ANSWERS_DEGRADED
from kbqa.prepared import NO_UUID, Prepared, PreparedInsert

from .cache import Level
from .events import Abstained, Cited, Done, Event, Failed, Sources, Token
from .models import Answer, Citation, Conversation, Feedback
from .scope import Scope
from .trace import Trace
from .wire import to_json

if TYPE_CHECKING:
    from kbqa.accounts.models import User

log = structlog.get_logger(__name__)

Said = tuple[Answer, Sequence[Event]]  # a turn, and the events it consisted of


def question_clean(text: str) -> str:
    """The question as it is asked; Invalid if empty or longer than anyone asks."""
    cleaned = text.replace("\x00", "").strip()
    if not any(character.isprintable() and not character.isspace() for character in cleaned):
        raise Invalid("The question is empty.", field="question")
    if len(cleaned) > settings.MAX_QUESTION_CHARS:
        raise Invalid(
            f"The question has {len(cleaned):,} characters; at most {settings.MAX_QUESTION_CHARS:,} are read.",
            field="question",
        )
    return cleaned.encode("utf-8", "replace").decode()  # lone surrogates cannot be stored


def conversation_begin(*, owner: "User", title: str) -> Conversation:
    """Called by as much of the title as fits: on the page that is the first question."""
    return Conversation.objects.create(owner=owner, title=title[:200])


def turn_begin(
    question: str,
    turn_id: UUID,
    *,
    asker: "User",
    scope: Scope,
    conversation: Conversation | None,
    deadline: Deadline,
) -> Answer:
    """The turn, written before anything is computed: a disconnect never loses it."""
    turn = _turn(question, turn_id, asker, scope, conversation)
    turn.due_at = _due_at(deadline)
    with relaxed():
        turn.save(force_insert=True)
    return turn


def turn_keep(
    question: str,
    turn_id: UUID,
    *,
    asker: "User",
    scope: Scope,
    conversation: Conversation | None,
    events: Sequence[Event],
    trace: Trace,
) -> Done:
    """A turn whose answer is known already: begun and finished in one write."""
    turn = _turn(question, turn_id, asker, scope, conversation)
    _finish(turn, events, trace)
    turn.cached = trace.facts["cache"] not in (Level.CURATED, Level.PLEASANTRY)
    _kept_turns.add((turn, events))
    return _done(turn)


def turn_take_over(turn: Answer, *, deadline: Deadline) -> bool:
    """Whether it is this caller who works on it from now on, of all who found it left in the state of ``turn``."""
    left = Answer.objects.filter(pk=turn.pk, state=turn.state, due_at=turn.due_at)
    return bool(left.update(state=Answer.State.RUNNING, due_at=_due_at(deadline), finished_at=None))


def turn_finish(turn: Answer, events: Sequence[Event], trace: Trace) -> Done:
    """Keep what was said, with its citations and its trace."""
    _finish(turn, events, trace)
    with relaxed():
        turn.save(force_update=True)
        _insert_citations(_citations_of([(turn, events)]))
    return _done(turn)


def turn_fail(turn: Answer, error: ApplicationError, trace: Trace) -> Failed:
    """As `Failed` says; a turn that ended otherwise meanwhile stays as it is."""
    with relaxed():  # with deleted: one whose conversation was deleted meanwhile ends all the same
        Answer.with_deleted.filter(pk=turn.pk, state=Answer.State.RUNNING).update(
            state=Answer.State.FAILED,
            finished_at=timezone.now(),
            error_code=error.code,
            timings_ms=trace.timings_ms,
            trace=trace.facts,
        )
    ANSWERS.labels("failed").inc()
    return Failed(str(turn.pk), error.code, error.message, error.retryable)


def turn_abort(turn: Answer) -> None:
    """The reader went away; a turn already finished stays finished."""
    with relaxed():
        ended = Answer.with_deleted.filter(pk=turn.pk, state=Answer.State.RUNNING).update(
            state=Answer.State.ABORTED, finished_at=timezone.now()
        )
    if ended:
        ANSWERS.labels("aborted").inc()


def failed(error: Exception) -> ApplicationError:
    """What the engine or the index raised, as people and programs should hear it."""
    match error:
        case ApplicationError():
            return error
        case Overloaded():
            return Busy("Too many questions at once; try again in a moment.", retry_after_s=error.retry_after_s)
        case DeadlineExceeded():
            return DeadlinePassed(f"The answer's time was up during {error.stage}.")
        case InvalidRequest():
            return Invalid(str(error), field="question")
        case FingerprintMismatch():
            return Conflict("The encoder has changed since the documents were indexed: run `manage.py rebuild_index`.")
        case EngineError() | SearchIndexError():
            log.exception("answer_failed")
            return Busy("The answer could not be computed; try again in a moment.", retry_after_s=5)
    log.exception("answer_broke")
    return ApplicationError("Something broke on our side; it has been logged.")


def feedback_give(*, answer: Answer, user: "User", rating: int, reason: str = "", comment: str = "") -> Feedback:
    """One say a person; saying it again replaces it."""
    feedback, _ = Feedback.objects.update_or_create(
        answer=answer, user=user, defaults={"rating": rating, "reason": reason[:50], "comment": comment[:2_000]}
    )
    return feedback


def _turn(question: str, turn_id: UUID, asker: "User", scope: Scope, conversation: Conversation | None) -> Answer:
    return Answer(
        pk=turn_id,
        asker=asker,
        conversation=conversation,
        question=question,
        collections=[str(collection.pk) for collection in scope.collections],
        everywhere=scope.everywhere,
    )


def _due_at(deadline: Deadline) -> datetime:
    return timezone.now() + timedelta(seconds=deadline.remaining_s)


def _finish(turn: Answer, events: Sequence[Event], trace: Trace) -> None:
    """Write on the row what was said; it is not saved yet."""
    turn.state, turn.finished_at, turn.degraded = Answer.State.DONE, timezone.now(), trace.degraded
    turn.text = "".join(event.text for event in events if isinstance(event, Token))
    turn.timings_ms, turn.trace = trace.timings_ms, trace.facts
    for event in events:
        match event:
            case Sources():
                turn.passages = to_json(event)["passages"]
            case Abstained():
                turn.abstained, turn.confidence = True, event.confidence
                if event.tentative:
                    turn.trace = {**turn.trace, "tentative": to_json(event)["tentative"]}
            case Cited():
                turn.confidence = event.confidence
                if event.curated:
                    turn.trace = {**turn.trace, "curated": to_json(event)["curated"]}
                if event.written:
                    turn.trace = {**turn.trace, "written": True}


def _done(turn: Answer) -> Done:
    """Say that the turn is over, to the log, to the counters and to the asker."""
    log.info("question_answered", answer=str(turn.pk), abstained=turn.abstained, cached=turn.cached, **turn.timings_ms)
    ANSWERS.labels("abstained" if turn.abstained else "answered").inc()
    if turn.degraded:
        ANSWERS_DEGRADED.inc()
    return Done(
        answer_id=str(turn.pk),
        conversation=str(turn.conversation_id) if turn.conversation_id else None,
        degraded=turn.degraded,
        cached=turn.cached,
        timings_ms=turn.timings_ms,
        trace=turn.trace,
    )


def _write_kept(turns: Sequence[Said]) -> None:
    _insert_turns([turn for turn, _ in turns])
    _insert_citations(_citations_of(turns))


def _citations_of(turns: Sequence[Said]) -> list[Citation]:
    cited = [
        (turn, c) for turn, events in turns for event in events if isinstance(event, Cited) for c in event.citations
    ]
    versions = {
        (document, version.number): version.pk
        for document in {c.document for _, c in cited}
        for version in _versions_of(UUID(document))
    }
    return [
        Citation(
            answer=turn,
            number=c.number,
            version_id=(version := versions.get((c.document, c.version))),
            document_id=c.document if version else None,
            title=c.title[:500],
            page=c.page,
            start=c.start,
            end=c.end,
            answer_start=c.answer_start,
            answer_end=c.answer_end,
            edited=c.edited,
            quote=c.quote,
        )
        for turn, c in cited
    ]


_versions_of = Prepared(lambda pk: Version.with_deleted.filter(document=pk).only("number"), hole=NO_UUID)
_insert_turns, _insert_citations = PreparedInsert(Answer), PreparedInsert(Citation)
_kept_turns = GroupCommit(_write_kept, within=relaxed)
