"""Your history: conversations begun, found again, renamed, taken along as a file, deleted."""

from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import KeyScope, User
from kbqa.accounts.permissions import whole_account_require
from kbqa.answers.conversations import conversation_export, conversation_rename
from kbqa.answers.deleting import conversation_delete
from kbqa.answers.models import Conversation
from kbqa.answers.selectors import conversation_get, conversation_list
from kbqa.answers.services import conversation_begin

from .pagination import page, page_of
from .schema import PAGE, problems

EXPORTS = {"json": "application/json", "md": "text/markdown; charset=utf-8", "csv": "text/csv; charset=utf-8"}


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    title = serializers.CharField(max_length=200)

    class Meta:
        model = Conversation
        fields = ["id", "title", "created_at"]


class AsAsked(BaseContentNegotiation):
    """The address says in which form: whatever the client would accept, it gets that."""

    def select_parser(self, request: Request, parsers: Any) -> Any:  # Any: DRF's own annotations
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Conversations(APIView):
    scope = KeyScope.ASK

    @extend_schema(
        operation_id="conversations_list",
        parameters=[*PAGE, OpenApiParameter("q", description="words in a title, a question or an answer")],
        responses={200: page_of(ConversationSerializer), **problems(404)},
    )
    def get(self, request: Request) -> Response:
        """A page of your conversations, newest first. Not for a key that is for some collections only."""
        user = cast(User, request.user)
        whole_account_require(user)
        text = request.query_params.get("q", "").replace("\x00", "")
        return page(conversation_list(user=user, text=text), request, ConversationSerializer)

    @extend_schema(
        operation_id="conversations_create",
        request=ConversationSerializer,
        responses={201: ConversationSerializer, **problems(400, 422)},
    )
    def post(self, request: Request) -> Response:
        """Begin one. Questions that name it in `conversation` are understood through those before them."""
        body = ConversationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        begun = conversation_begin(owner=cast(User, request.user), title=body.validated_data["title"])
        return Response(ConversationSerializer(begun).data, status=status.HTTP_201_CREATED)


class OneConversation(APIView):
    scope = KeyScope.ASK

    @extend_schema(responses={200: ConversationSerializer, **problems(404)})
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """Its title; the turns are in its export."""
        return Response(ConversationSerializer(conversation_get(conversation_id, user=cast(User, request.user))).data)

    @extend_schema(request=ConversationSerializer, responses={200: ConversationSerializer, **problems(400, 404, 422)})
    def patch(self, request: Request, conversation_id: UUID) -> Response:
        """Rename it."""
        conversation = conversation_get(conversation_id, user=cast(User, request.user))
        body = ConversationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        conversation_rename(conversation=conversation, title=body.validated_data["title"])
        return Response(ConversationSerializer(conversation).data)

    @extend_schema(responses={204: None, **problems(404)})
    def delete(self, request: Request, conversation_id: UUID) -> Response:
        """Delete it with its questions and answers; `deleted/{id}/restore` brings it back while it is kept."""
        user = cast(User, request.user)
        conversation_delete(conversation=conversation_get(conversation_id, user=user), by=user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConversationExport(APIView):
    scope = KeyScope.ASK
    content_negotiation_class = AsAsked

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", {"type": "string", "enum": list(EXPORTS)}, OpenApiParameter.PATH),
        ],
        responses={
            (200, "application/json"): OpenApiResponse({"type": "object"}),
            (200, "text/markdown"): OpenApiResponse({"type": "string"}),
            (200, "text/csv"): OpenApiResponse({"type": "string"}),
            **problems(404),
        },
    )
    def get(self, request: Request, conversation_id: UUID, kind: str) -> HttpResponse:
        """All of it as a file: JSON, Markdown, or CSV with formula cells escaped."""
        conversation = conversation_get(conversation_id, user=cast(User, request.user))
        return HttpResponse(conversation_export(conversation=conversation, kind=kind), content_type=EXPORTS[kind])
