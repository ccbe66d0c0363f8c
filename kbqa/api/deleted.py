"""Recently deleted: what you may restore, restored or erased by the id it always had."""

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import ApiKey, KeyScope, User
from kbqa.bin.selectors import Kind, deleted_list
from kbqa.bin.services import deleted_erase, deleted_restore

from .pagination import NewestFirst, page, page_of
from .schema import PAGE, problems


class DeletedSerializer(serializers.Serializer[Any]):  # Any: a read-only shape has no instance type
    id = serializers.UUIDField(help_text="as it was before, and will be again")
    kind = serializers.ChoiceField(Kind.choices)
    name = serializers.CharField()
    place = serializers.CharField(help_text="a document's collection, by name", allow_blank=True)
    deleted_at = serializers.DateTimeField()
    by = serializers.CharField(help_text="who deleted it; empty once they are gone", allow_blank=True)
    erased_at = serializers.DateTimeField(help_text="until then it can be restored")


class LastDeletedFirst(NewestFirst):
    ordering = ("-deleted_at", "pk")


class DeletedThings(APIView):
    @extend_schema(
        operation_id="deleted_list",
        parameters=[*PAGE, OpenApiParameter("kind", {"type": "string", "enum": Kind.values})],
        responses={200: page_of(DeletedSerializer), **problems(404)},
    )
    def get(self, request: Request) -> Response:
        """A page of what you may restore, the last deleted first."""
        asked = request.query_params.get("kind", "")
        kinds = [kind for kind in _kinds(request) if asked not in Kind.values or kind == asked]
        rows = deleted_list(user=cast(User, request.user), kinds=kinds)
        return page(rows, request, DeletedSerializer, LastDeletedFirst)


class OneDeleted(APIView):
    @extend_schema(operation_id="deleted_erase", responses={204: None, **problems(404)})
    def delete(self, request: Request, deleted_id: UUID) -> Response:
        """Erase it now; nothing brings it back."""
        deleted_erase(deleted_id, user=cast(User, request.user), kinds=_kinds(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RestoreDeleted(APIView):
    @extend_schema(operation_id="deleted_restore", request=None, responses={204: None, **problems(404, 409)})
    def post(self, request: Request, deleted_id: UUID) -> Response:
        """Bring it back, with all it held. A document waits for one that took its name or its bytes (409)."""
        deleted_restore(deleted_id, user=cast(User, request.user), kinds=_kinds(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _kinds(request: Request) -> list[Kind]:
    """Conversations are no business of a key that may not ask."""
    blind = isinstance(request.auth, ApiKey) and KeyScope.ASK not in request.auth.scopes
    return [kind for kind in Kind if not (blind and kind == Kind.CONVERSATION)]
