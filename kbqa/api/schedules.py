"""Schedules: a page, site or folder that a collection is kept up to date with."""

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import User
from kbqa.documents.models import Role
from kbqa.documents.permissions import collection_get
from kbqa.imports.models import ImportKind, ImportSchedule
from kbqa.imports.schedules import schedule_create, schedule_delete, schedule_run
from kbqa.imports.selectors import schedule_get, schedule_list

from .imports import ImportSerializer
from .pagination import OldestFirst, page, page_of
from .schema import PAGE, problems


class ScheduleCreateSerializer(serializers.Serializer[Any]):  # Any: a wire shape has no instance type
    kind = serializers.ChoiceField(choices=ImportKind.choices, help_text="`folder` is for administrators")
    source = serializers.CharField(  # type: ignore[assignment]  # the wire's name
        max_length=2_000, help_text="the page's or the sitemap's address; or a folder below KBQA_IMPORT_ROOTS"
    )
    every = serializers.ChoiceField(choices=ImportSchedule.Every.choices)
    remove_missing = serializers.BooleanField(
        required=False, default=True, help_text="documents it brought, and that are gone there, go to the bin"
    )


class ScheduleSerializer(serializers.ModelSerializer[ImportSchedule]):
    collection = serializers.UUIDField(source="collection_id", read_only=True)
    last_import = serializers.UUIDField(source="last_run.pk", read_only=True, allow_null=True)

    class Meta:
        model = ImportSchedule
        fields = [
            "id",
            "collection",
            "kind",
            "source",
            "every",
            "remove_missing",
            "created_at",
            "next_at",
            "last_import",
        ]


class Schedules(APIView):
    @extend_schema(parameters=PAGE, responses={200: page_of(ScheduleSerializer), **problems(403, 404)})
    def get(self, request: Request, collection_id: UUID) -> Response:
        """A page of what the collection is kept up to date with, oldest first; editors only."""
        collection = collection_get(collection_id, user=request.user, at_least=Role.EDITOR)
        return page(schedule_list(collection=collection), request, ScheduleSerializer, OldestFirst)

    @extend_schema(
        request=ScheduleCreateSerializer, responses={202: ImportSerializer, **problems(400, 403, 404, 409, 422)}
    )
    def post(self, request: Request, collection_id: UUID) -> Response:
        """Import it now, and again every hour, day or week: what has changed there is renewed here."""
        collection = collection_get(collection_id, user=request.user, at_least=Role.EDITOR)
        body = ScheduleCreateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        run = schedule_create(collection=collection, by=cast(User, request.user), **body.validated_data)
        return Response(ImportSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class OneSchedule(APIView):
    @extend_schema(responses={200: ScheduleSerializer, **problems(403, 404)})
    def get(self, request: Request, schedule_id: UUID) -> Response:
        """When it comes next, and its last import."""
        return Response(ScheduleSerializer(schedule_get(schedule_id, user=cast(User, request.user))).data)

    @extend_schema(responses={204: None, **problems(403, 404)})
    def delete(self, request: Request, schedule_id: UUID) -> Response:
        """No longer; the documents it brought stay."""
        schedule_delete(schedule=schedule_get(schedule_id, user=cast(User, request.user)))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RunSchedule(APIView):
    @extend_schema(request=None, responses={202: ImportSerializer, **problems(403, 404, 409)})
    def post(self, request: Request, schedule_id: UUID) -> Response:
        """Now, without waiting for its time."""
        run = schedule_run(schedule=schedule_get(schedule_id, user=cast(User, request.user)))
        return Response(ImportSerializer(run).data, status=status.HTTP_202_ACCEPTED)
