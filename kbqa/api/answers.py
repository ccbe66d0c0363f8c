"""Ask, ask as a stream, search, look an answer up again, say whether it was right."""

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.authentication import still_let_in
from kbqa.accounts.models import KeyScope, User
from kbqa.answers.events import Event
from kbqa.answers.pipeline import answer
from kbqa.answers.retrieve import retrieve
from kbqa.answers.scope import scope_of
from kbqa.answers.selectors import answer_get, conversation_get
from kbqa.answers.services import failed, feedback_give, question_clean
from kbqa.answers.trace import Trace
from kbqa.answers.watch import watched
from kbqa.answers.wire import collect, kept_answer
from kbqa.engine import deadline_after
from kbqa.errors import error_named
from kbqa.limits.throttling import AskRate

from .schema import LAST_EVENT_ID, STREAM, problems
from .serializers import AnswerSerializer, AskSerializer, FeedbackSerializer, FoundSerializer, SearchSerializer
from .streaming import event_stream, rest_stream


class Answers(APIView):
    scope = KeyScope.ASK
    throttle_classes = [AskRate]

    @extend_schema(
        request=AskSerializer, responses={200: AnswerSerializer, **STREAM, **problems(400, 404, 422, 429, 503, 504)}
    )
    def post(self, request: Request) -> Response | StreamingHttpResponse:
        """Ask a question. The answer is copied out of your documents and cites the exact place, or abstains."""
        body = AskSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        answer_id = uuid4()
        events = _events(request, body.validated_data, answer_id)
        if body.validated_data["stream"]:
            return event_stream(events, answer_id)
        collected = collect(events)
        if error := collected.pop("error", None):
            raise error_named(error["code"], error["message"])
        return Response(collected)


class OneAnswer(APIView):
    scope = KeyScope.ASK

    @extend_schema(responses={200: AnswerSerializer, **problems(404)})
    def get(self, request: Request, answer_id: UUID) -> Response:
        """An answer of yours as it was given, with its trace."""
        return Response(kept_answer(answer_get(answer_id, user=cast(User, request.user))))


class AnswerStream(APIView):
    scope = KeyScope.ASK
    throttle_classes = [AskRate]

    @extend_schema(
        parameters=[LAST_EVENT_ID],
        responses={**STREAM, 204: None, **problems(404, 409, 422, 429, 503, 504)},
    )
    def get(self, request: Request, answer_id: UUID) -> HttpResponseBase:
        """The rest of an answer of yours, after the event that `Last-Event-ID` names; 204 when you had all of it."""
        user = cast(User, request.user)
        turn = answer_get(answer_id, user=user)
        last = request.headers.get("Last-Event-ID", "")
        return rest_stream(turn, last, user=user, still_let_in=still_let_in(request))


class AnswerFeedback(APIView):
    scope = KeyScope.ASK

    @extend_schema(request=FeedbackSerializer, responses={204: None, **problems(400, 404, 422)})
    def post(self, request: Request, answer_id: UUID) -> Response:
        """Say whether it was right; saying it again replaces what you said."""
        found = answer_get(answer_id, user=cast(User, request.user))
        body = FeedbackSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        feedback_give(answer=found, user=cast(User, request.user), **body.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Search(APIView):
    scope = KeyScope.ASK
    throttle_classes = [AskRate]

    @extend_schema(request=SearchSerializer, responses={200: FoundSerializer, **problems(400, 404, 422, 429, 503, 504)})
    def post(self, request: Request) -> Response:
        """Retrieval only: the passages, with dense, lexical and fused scores."""
        body = SearchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted, trace = body.validated_data, Trace()
        scope = scope_of(cast(User, request.user), collections=wanted.get("collections"))
        try:
            passages = retrieve(
                question_clean(wanted["question"]),
                scope=scope,
                deadline=deadline_after(settings.ANSWER_DEADLINE_S),
                trace=trace,
                limit=wanted["limit"],
            )
        except Exception as error:
            raise failed(error) from error
        shown = {
            "passages": [found.view() for found in passages],
            "degraded": trace.degraded,
            "timings_ms": trace.timings_ms,
        }
        return Response(FoundSerializer(shown).data)


def _events(request: Request, asked: dict[str, Any], answer_id: UUID) -> Iterator[Event]:  # Any: validated JSON
    user, conversation = cast(User, request.user), asked.get("conversation")
    scope = scope_of(user, collections=asked.get("collections"))
    events = answer(
        question_clean(asked["question"]),
        asker=user,
        scope=scope,
        deadline=deadline_after(asked.get("deadline_s", settings.ANSWER_DEADLINE_S)),
        conversation=conversation_get(conversation, user=user) if conversation else None,
        turn_id=answer_id,
    )
    return watched(events, answer_id=answer_id, user=user, scope=scope, still_let_in=still_let_in(request))
