"""Collections: list, create, read, change, delete."""

from typing import cast
from uuid import UUID

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import User
from kbqa.documents.deleting import collection_delete
from kbqa.documents.models import Role
from kbqa.documents.permissions import collection_get
from kbqa.documents.selectors import collection_list
from kbqa.documents.services import (
    collection_create,
    collection_reread,
    collection_tune,
    collection_update,
)

from .pagination import ByName, page, page_of
from .schema import PAGE, problems
from .serializers import CollectionChangeSerializer, CollectionSerializer, RereadSerializer

SETTINGS = ("glossary", "abstain_below", "chunk_size")


class Collections(APIView):
    @extend_schema(
        operation_id="collections_list",
        parameters=PAGE,
        responses={200: page_of(CollectionSerializer), **problems(404)},
    )
    def get(self, request: Request) -> Response:
        """A page of the collections you may see, by name."""
        return page(collection_list(user=cast(User, request.user)), request, CollectionSerializer, ByName)

    @extend_schema(request=CollectionSerializer, responses={201: CollectionSerializer, **problems(400, 422)})
    def post(self, request: Request) -> Response:
        """Create a collection; you own it."""
        body = CollectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        collection = collection_create(by=cast(User, request.user), **body.validated_data)
        return Response(CollectionSerializer(collection).data, status=status.HTTP_201_CREATED)


class OneCollection(APIView):
    @extend_schema(responses={200: CollectionSerializer, **problems(404)})
    def get(self, request: Request, collection_id: UUID) -> Response:
        """One collection."""
        collection = collection_get(collection_id, user=request.user)
        return Response(CollectionSerializer(collection).data)

    @extend_schema(
        request=CollectionChangeSerializer, responses={200: CollectionSerializer, **problems(400, 403, 404, 422)}
    )
    def patch(self, request: Request, collection_id: UUID) -> Response:
        """Rename or describe it, set how it is asked; owners only. Settings count from the next question on."""
        collection = collection_get(collection_id, user=request.user, at_least=Role.OWNER)
        body = CollectionChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        change = body.validated_data
        tuned = {name: change.pop(name, getattr(collection, name)) for name in SETTINGS}
        with transaction.atomic():  # all of it, or nothing
            collection_tune(collection=collection, **tuned)
            collection_update(collection=collection, by=cast(User, request.user), **change)
        return Response(CollectionSerializer(collection).data)

    @extend_schema(responses={204: None, **problems(403, 404)})
    def delete(self, request: Request, collection_id: UUID) -> Response:
        """Delete it with all its documents; owners only. `deleted/{id}/restore` brings it back while it is kept."""
        collection = collection_get(collection_id, user=request.user, at_least=Role.OWNER)
        collection_delete(collection=collection, by=cast(User, request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RereadCollection(APIView):
    @extend_schema(request=None, responses={202: RereadSerializer, **problems(403, 404)})
    def post(self, request: Request, collection_id: UUID) -> Response:
        """Queue all its documents to be read again, as its settings are now; owners only."""
        collection = collection_get(collection_id, user=request.user, at_least=Role.OWNER)
        queued = collection_reread(collection=collection, by=cast(User, request.user))
        return Response({"queued": queued}, status=status.HTTP_202_ACCEPTED)
