"""OpenAI-compatible chat: any client of that API asks here, and finds the citations in the reply.

The last user message is the question; how an answer is found is not the caller's to
say, so the model's name and sampling parameters are ignored. Errors carry that API's form, too.
"""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, cast

from django.conf import settings
from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.authentication import still_let_in
from kbqa.accounts.models import KeyScope, User
from kbqa.answers.events import Abstained, CitationView, Cited, Done, Event, Failed, Token, Waiting
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.services import question_clean
from kbqa.answers.watch import watched
from kbqa.engine import deadline_after
from kbqa.errors import Invalid, NotFound, error_named
from kbqa.limits.throttling import AskRate

from .schema import STREAM, problems
from .streaming import BEAT, begun, sse_response

MODEL = "kbqa"
_MODEL = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}
NOT_FOUND = "Not found in your documents."
NOTHING_NEAR = (
    "Nothing in your documents comes near. Ask a question about them, and the sentence that answers it is quoted."
)
UNSURE = "No sure answer in your documents. Nearest comes this, which may not answer it:"


class ChatMessageSerializer(serializers.Serializer[Any]):  # Any: a wire shape has no instance type
    role = serializers.CharField()
    content = serializers.JSONField(help_text="text, or a list of text parts")


class StreamOptionsSerializer(serializers.Serializer[Any]):  # Any: as above
    include_usage = serializers.BooleanField(required=False, default=False)


class ChatSerializer(serializers.Serializer[Any]):  # Any: as above
    model = serializers.CharField(required=False, default=MODEL)
    messages = ChatMessageSerializer(many=True, allow_empty=False)
    stream = serializers.BooleanField(required=False, default=False)
    stream_options = StreamOptionsSerializer(required=False, allow_null=True)
    collections = serializers.ListField(child=serializers.UUIDField(), required=False, help_text="an extension")


class ChatCompletionSerializer(serializers.Serializer[Any]):  # Any: as above
    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField()
    model = serializers.CharField()
    choices = serializers.ListField(child=serializers.DictField())
    usage = serializers.DictField()
    citations = serializers.ListField(child=serializers.DictField(), help_text="as in POST /api/v1/answers")


class ModelSerializer(serializers.Serializer[Any]):  # Any: as above
    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField()
    owned_by = serializers.CharField()


class ModelListSerializer(serializers.Serializer[Any]):  # Any: as above
    object = serializers.CharField()
    data = ModelSerializer(many=True)  # type: ignore[assignment]  # the wire's name


class Models(APIView):
    scope = KeyScope.ASK

    @extend_schema(operation_id="openai_models", responses={200: ModelListSerializer, **problems()})
    def get(self, request: Request) -> Response:
        """The one model there is: this knowledge base."""
        return Response({"object": "list", "data": [_MODEL]})


class OneModel(APIView):
    scope = KeyScope.ASK

    @extend_schema(operation_id="openai_model", responses={200: ModelSerializer, **problems(404)})
    def get(self, request: Request, model: str) -> Response:
        """The model of this name: only `kbqa` is there."""
        if model != MODEL:
            raise NotFound(f"There is no model {model!r} here, only {MODEL!r}.")
        return Response(_MODEL)


class ChatCompletions(APIView):
    scope = KeyScope.ASK
    throttle_classes = [AskRate]

    @extend_schema(
        operation_id="openai_chat_completions",
        request=ChatSerializer,
        responses={200: ChatCompletionSerializer, **STREAM, **problems(400, 404, 422, 429, 503, 504)},
    )
    def post(self, request: Request) -> Response | StreamingHttpResponse:
        """Ask as a chat completion; citations stand below the answer and in `citations`."""
        body = ChatSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked, user, answer_id = body.validated_data, cast(User, request.user), uuid.uuid4()
        scope = scope_of(user, collections=asked.get("collections"))
        pipeline = answer(
            question_clean(_question(asked["messages"])),
            asker=user,
            scope=scope,
            deadline=deadline_after(settings.ANSWER_DEADLINE_S),
            turn_id=answer_id,
        )
        events = watched(pipeline, answer_id=answer_id, user=user, scope=scope, still_let_in=still_let_in(request))
        if asked["stream"]:
            usage = bool((asked.get("stream_options") or {}).get("include_usage"))
            return sse_response(_chunks(begun(events), events, wants_usage=usage))
        return Response(_completion(events))


def _question(messages: list[dict[str, Any]]) -> str:  # Any: JSON
    for message in reversed(messages):
        if message["role"] == "user":
            content = message["content"]
            parts = [{"text": content}] if isinstance(content, str) else content
            if isinstance(parts, list):
                return "\n".join(str(part["text"]) for part in parts if isinstance(part, dict) and "text" in part)
    raise Invalid("There is no user message to answer.", field="messages")


def _completion(events: Iterator[Event]) -> dict[str, Any]:  # Any: JSON
    """The whole stream as one completion; raises what the stream failed with."""
    content, citations, answer_id, usage = "", [], "", _usage({})
    for event in events:
        match event:
            case Failed():
                raise error_named(event.code, event.message)
            case Cited():
                citations = [asdict(citation) for citation in event.citations]
            case Done():
                answer_id, usage = event.answer_id, _usage(event.trace)
        content += _said(event)
    message = {"role": "assistant", "content": content}
    return {
        **_head(answer_id, "chat.completion"),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": usage,
        "citations": citations,
    }


def _chunks(events: Iterator[Event], pipeline: Iterator[Event], *, wants_usage: bool) -> Iterator[str]:
    """The stream as chunks; a failure is an error object in place of the last one."""
    head, usage = _head(uuid.uuid4().hex, "chat.completion.chunk"), _usage({})

    def chunk(delta: dict[str, Any], *, finish_reason: str | None = None, **more: object) -> str:  # Any: JSON
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return _frame({**head, "choices": [choice], **more})

    try:
        yield chunk({"role": "assistant", "content": ""})
        for event in events:
            match event:
                case Waiting():
                    yield BEAT
                case Failed():
                    yield _frame({"error": {"message": event.message, "type": event.code, "code": event.code}})
                case Cited():
                    yield chunk({"content": _said(event)}, citations=[asdict(citation) for citation in event.citations])
                case Token() | Abstained():
                    yield chunk({"content": _said(event)})
                case Done():
                    usage = _usage(event.trace)
                    yield chunk({}, finish_reason="stop")
        if wants_usage:
            yield _frame({**head, "choices": [], "usage": usage})
        yield "data: [DONE]\n\n"
    finally:
        pipeline.close()  # type: ignore[attr-defined]  # the pipeline is a generator


def _frame(body: dict[str, Any]) -> str:  # Any: JSON
    return f"data: {json.dumps(body)}\n\n"


def _said(event: Event) -> str:
    """What an event adds to the text a chat client shows."""
    match event:
        case Token():
            return event.text
        case Abstained():
            if event.tentative:
                return f"{UNSURE}\n\n{_footnote(event.tentative)}"
            return NOT_FOUND if event.nearest else NOTHING_NEAR
        case Cited():
            return "\n\n" + "\n".join(_footnote(citation) for citation in event.citations)
    return ""


def _footnote(citation: CitationView) -> str:
    place = f"{citation.title}, page {citation.page}" if citation.page else citation.title
    return f"[{citation.number}] {place}: “{citation.quote}”"


def _usage(trace: dict[str, Any]) -> dict[str, int]:  # Any: JSON
    """What a generator read and wrote; where words are copied, nothing is generated."""
    writing = trace.get("writing", {})
    prompt, completion = writing.get("prompt_tokens", 0), writing.get("tokens", 0)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _head(answer_id: str, kind: str) -> dict[str, Any]:  # Any: JSON
    return {"id": f"chatcmpl-{answer_id}", "object": kind, "created": int(time.time()), "model": MODEL}
