"""Imports: a look before anything is kept, folders and sitemaps, dry or for real, and what came of each place."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import User
from kbqa.documents.importing import paste_named
from kbqa.documents.models import Role
from kbqa.documents.permissions import collection_get
from kbqa.fetch import fetch_url
from kbqa.imports.models import ImportItem, ImportKind, ImportRun
from kbqa.imports.preview import preview
from kbqa.imports.selectors import import_get, import_list, item_list, outcome_counts
from kbqa.imports.services import import_begin, import_cancel

from .pagination import InOrder, NewestFirst, page, page_of
from .parsers import JSONParser
from .schema import PAGE, problems

Outcome = ImportItem.Outcome


class ImportBeginSerializer(serializers.Serializer[Any]):  # Any: a wire shape has no instance type
    kind = serializers.ChoiceField(choices=ImportKind.choices, help_text="`folder` is for administrators")
    source = serializers.CharField(  # type: ignore[assignment]  # the wire's name
        max_length=2_000, help_text="the page's or the sitemap's address; or a folder below KBQA_IMPORT_ROOTS"
    )
    dry_run = serializers.BooleanField(required=False, default=False, help_text="only find out what would come of it")


class ImportSerializer(serializers.ModelSerializer[ImportRun]):
    collection = serializers.UUIDField(source="collection_id", read_only=True)
    schedule = serializers.UUIDField(source="schedule_id", read_only=True, allow_null=True)
    counts = serializers.SerializerMethodField(help_text="how many places came out how; `waiting` is what is left")

    class Meta:
        model = ImportRun
        fields = [
            "id", "collection", "schedule", "kind", "source", "dry_run",
            "state", "message", "created_at", "finished_at", "counts",
        ]  # fmt: skip

    def get_counts(self, run: ImportRun) -> dict[str, int]:
        known: dict[UUID, dict[str, int]] | None = self.context.get("counts")
        return (known or outcome_counts(runs=[run]))[run.pk]


class ImportItemSerializer(serializers.ModelSerializer[ImportItem]):
    document = serializers.UUIDField(source="document.pk", read_only=True, allow_null=True)

    class Meta:
        model = ImportItem
        fields = ["position", "place", "name", "outcome", "message", "document", "size_bytes"]


class LookSerializer(serializers.Serializer[Any]):  # Any: as above
    """One of a file (multipart), an address, or a text with its title."""

    file = serializers.FileField(required=False, allow_empty_file=True)
    url = serializers.CharField(required=False, max_length=2_000)
    title = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    text = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=False)


class PreviewPassageSerializer(serializers.Serializer[Any]):  # Any: as above
    text = serializers.CharField(trim_whitespace=False)
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    page = serializers.IntegerField(allow_null=True)
    heading_path = serializers.ListField(child=serializers.CharField())


class PreviewSerializer(serializers.Serializer[Any]):  # Any: as above
    outcome = serializers.ChoiceField(choices=[Outcome.NEW, Outcome.VERSION, Outcome.UNCHANGED])
    name = serializers.CharField()
    document = serializers.UUIDField(allow_null=True, help_text="the one that would get a version, or is the same")
    title = serializers.CharField()
    language = serializers.CharField()
    num_pages = serializers.IntegerField()
    num_passages = serializers.IntegerField()
    num_chars = serializers.IntegerField()
    warnings = serializers.ListField(child=serializers.CharField())
    passages = PreviewPassageSerializer(many=True, help_text="the first ones")


class DocumentPreview(APIView):
    parser_classes = (MultiPartParser, JSONParser)

    @extend_schema(
        request={"multipart/form-data": LookSerializer, "application/json": LookSerializer},
        responses={200: PreviewSerializer, **problems(400, 403, 404, 413, 415, 422, 503)},
    )
    def post(self, request: Request, collection_id: UUID) -> Response:
        """Read and split it as an ingestion would, show the first passages, and keep nothing."""
        collection = collection_get(collection_id, user=request.user, at_least=Role.EDITOR)
        body = LookSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with _brought(body.validated_data) as (name, pieces):
            found = preview(collection=collection, name=name, pieces=pieces)
        document = found.foreseen.document
        shown = {
            **{name: getattr(found, name) for name in ("title", "language", "num_pages", "num_passages", "num_chars")},
            "outcome": found.foreseen.outcome,
            "name": found.foreseen.name,
            "document": document.pk if document else None,
            "warnings": found.warnings,
            "passages": [asdict(passage) for passage in found.passages],
        }
        return Response(PreviewSerializer(shown).data)


class Imports(APIView):
    @extend_schema(parameters=PAGE, responses={200: page_of(ImportSerializer), **problems(403, 404)})
    def get(self, request: Request, collection_id: UUID) -> Response:
        """A page of the collection's imports, newest first; editors only."""
        collection = collection_get(collection_id, user=request.user, at_least=Role.EDITOR)
        pager = NewestFirst()
        runs = pager.paginate_queryset(import_list(collection=collection), request) or []
        context = {"counts": outcome_counts(runs=runs)}
        return pager.get_paginated_response(ImportSerializer(runs, many=True, context=context).data)

    @extend_schema(request=ImportBeginSerializer, responses={202: ImportSerializer, **problems(400, 403, 404, 422)})
    def post(self, request: Request, collection_id: UUID) -> Response:
        """Import a page, a site or a folder of the server, in the background; ask for it until it is done."""
        collection = collection_get(collection_id, user=request.user, at_least=Role.EDITOR)
        body = ImportBeginSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        run = import_begin(collection=collection, by=cast(User, request.user), **body.validated_data)
        return Response(ImportSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class OneImport(APIView):
    @extend_schema(responses={200: ImportSerializer, **problems(403, 404)})
    def get(self, request: Request, import_id: UUID) -> Response:
        """Its state, and how many places came out how."""
        return Response(ImportSerializer(import_get(import_id, user=cast(User, request.user))).data)


class ImportItems(APIView):
    @extend_schema(
        parameters=[
            *PAGE,
            OpenApiParameter("outcome", {"type": "string", "enum": Outcome.values}, description="only those"),
        ],
        responses={200: page_of(ImportItemSerializer), **problems(403, 404)},
    )
    def get(self, request: Request, import_id: UUID) -> Response:
        """A page of its places, in their order: what came, or would come, of each, and why one was refused."""
        run = import_get(import_id, user=cast(User, request.user))
        rows = item_list(run=run, outcome=request.query_params.get("outcome", ""))
        return page(rows, request, ImportItemSerializer, InOrder)


class CancelImport(APIView):
    @extend_schema(request=None, responses={202: ImportSerializer, **problems(403, 404, 409)})
    def post(self, request: Request, import_id: UUID) -> Response:
        """Take nothing more; what was brought stays."""
        run = import_get(import_id, user=cast(User, request.user))
        import_cancel(run=run)
        run.refresh_from_db()
        return Response(ImportSerializer(run).data, status=status.HTTP_202_ACCEPTED)


@contextmanager
def _brought(asked: dict[str, Any]) -> Iterator[tuple[str, Iterable[bytes]]]:  # Any: validated input
    """The name and the bytes of what is looked at."""
    if file := asked.get("file"):
        yield file.name, file.chunks()
    elif url := asked.get("url"):
        with fetch_url(url) as fetched:
            yield fetched.name, fetched.pieces()
    else:
        name, content = paste_named(title=asked["title"], text=asked["text"])
        yield name, [content]
