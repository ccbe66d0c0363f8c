"""Who holds which role in a collection, and giving and taking it; owners only."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.selectors import holder_named
from kbqa.documents.models import Collection, Grant, Role
from kbqa.documents.permissions import collection_get
from kbqa.documents.selectors import grant_list
from kbqa.documents.services import grant_give, grant_remove

from .pagination import NewestKey, page, page_of
from .schema import PAGE, problems


class MemberSerializer(serializers.ModelSerializer[Grant]):
    name = serializers.SerializerMethodField(help_text="a person's user name, or a team's name")
    is_team = serializers.SerializerMethodField()

    class Meta:
        model = Grant
        fields = ["id", "name", "is_team", "role"]

    def get_name(self, grant: Grant) -> str:
        return str(grant.user.username if grant.user else grant.team)

    def get_is_team(self, grant: Grant) -> bool:
        return grant.team_id is not None


class MemberGiveSerializer(serializers.Serializer[Any]):  # Any: a wire shape has no instance type
    name = serializers.CharField(max_length=150, help_text="a person's user name, or a team's name")
    role = serializers.ChoiceField(choices=Role.choices)


class Members(APIView):
    @extend_schema(parameters=PAGE, responses={200: page_of(MemberSerializer), **problems(403, 404)})
    def get(self, request: Request, collection_id: UUID) -> Response:
        """A page of the people and teams with a role in it."""
        return page(grant_list(collection=_own(collection_id, request)), request, MemberSerializer, NewestKey)

    @extend_schema(request=MemberGiveSerializer, responses={201: MemberSerializer, **problems(400, 403, 404, 409, 422)})
    def post(self, request: Request, collection_id: UUID) -> Response:
        """Give a person or a team a role, or another than they have; the last owner's stays."""
        collection = _own(collection_id, request)
        body = MemberGiveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        grant = grant_give(collection=collection, to=holder_named(given["name"]), role=Role(given["role"]))
        return Response(MemberSerializer(grant).data, status=status.HTTP_201_CREATED)


class OneMember(APIView):
    @extend_schema(responses={204: None, **problems(403, 404, 409)})
    def delete(self, request: Request, collection_id: UUID, grant_id: int) -> Response:
        """Take the role away; the last owner's stays."""
        grant_remove(collection=_own(collection_id, request), grant_id=str(grant_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _own(collection_id: UUID, request: Request) -> Collection:
    return collection_get(collection_id, user=request.user, at_least=Role.OWNER)
