"""Curated answers: list, write, read and delete them; for those who edit the collection."""

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import User
from kbqa.answers.curated import (
    MAX_CHARS,
    MAX_CITATIONS,
    Place,
    author_of,
    curated_delete,
    curated_get,
    curated_list,
    curated_write,
)
from kbqa.answers.models import CuratedAnswer, CuratedCitation
from kbqa.documents.models import Role
from kbqa.documents.permissions import collection_get

from .pagination import page, page_of
from .schema import PAGE, problems


class PlaceSerializer(serializers.Serializer[Any]):  # Any: a wire shape has no instance type
    """Characters of a version's canonical text; its words are copied from there."""

    document = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    start = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    end = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class QuoteSerializer(serializers.ModelSerializer[CuratedCitation]):
    document = serializers.UUIDField(source="version.document_id", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)

    class Meta:
        model = CuratedCitation
        fields = ["number", "document", "version", "page", "start", "end", "quote"]


class CurateSerializer(serializers.Serializer[Any]):  # Any: as above
    question = serializers.CharField(max_length=2_000)
    text = serializers.CharField(max_length=MAX_CHARS)
    citations = PlaceSerializer(many=True, required=False, max_length=MAX_CITATIONS)  # type: ignore[call-arg]  # of a list


class CuratedSerializer(serializers.ModelSerializer[CuratedAnswer]):
    collection = serializers.UUIDField(source="collection_id", read_only=True)
    by = serializers.SerializerMethodField(help_text="empty once they are gone")
    citations = QuoteSerializer(many=True, read_only=True)

    class Meta:
        model = CuratedAnswer
        fields = ["id", "collection", "question", "text", "citations", "by", "created_at", "updated_at"]

    def get_by(self, curated: CuratedAnswer) -> str:
        return author_of(curated)


class CuratedAnswers(APIView):
    @extend_schema(parameters=PAGE, responses={200: page_of(CuratedSerializer), **problems(403, 404)})
    def get(self, request: Request, collection_id: UUID) -> Response:
        """A page of the collection's curated answers, newest first; editors only."""
        user = cast(User, request.user)
        collection = collection_get(collection_id, user=user, at_least=Role.EDITOR)
        rows = curated_list(user=user).filter(collection=collection)
        return page(rows, request, CuratedSerializer)

    @extend_schema(request=CurateSerializer, responses={201: CuratedSerializer, **problems(400, 403, 404, 422)})
    def post(self, request: Request, collection_id: UUID) -> Response:
        """Serve these words for the question from now on, in place of what was written for it before."""
        user = cast(User, request.user)
        collection = collection_get(collection_id, user=user, at_least=Role.EDITOR)
        body = CurateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        curated = curated_write(
            collection=collection,
            question=wanted["question"],
            text=wanted["text"],
            places=[Place(**{**place, "document": str(place["document"])}) for place in wanted.get("citations", ())],
            by=user,
        )
        return Response(CuratedSerializer(curated).data, status=status.HTTP_201_CREATED)


class OneCuratedAnswer(APIView):
    @extend_schema(responses={200: CuratedSerializer, **problems(404)})
    def get(self, request: Request, curated_id: UUID) -> Response:
        """One curated answer."""
        return Response(CuratedSerializer(curated_get(curated_id, user=cast(User, request.user))).data)

    @extend_schema(responses={204: None, **problems(404)})
    def delete(self, request: Request, curated_id: UUID) -> Response:
        """From now on the documents answer the question again."""
        curated_delete(curated=curated_get(curated_id, user=cast(User, request.user)))
        return Response(status=status.HTTP_204_NO_CONTENT)
