"""Documents: upload, list, progress, change, retry, cancel, delete, download."""

from typing import cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import User
from kbqa.documents.deleting import document_delete
from kbqa.documents.importing import document_fetch
from kbqa.documents.models import Role
from kbqa.documents.permissions import collection_get, document_get
from kbqa.documents.selectors import document_list, latest_version, version_text
from kbqa.documents.services import (
    Upload,
    document_enable,
    document_rename,
    document_upload,
    version_cancel,
    version_retry,
)

from .idempotency import slot_of
from .pagination import page, page_of
from .schema import IDEMPOTENCY_KEY, PAGE, problems
from .serializers import (
    DocumentChangeSerializer,
    DocumentSerializer,
    TextSerializer,
    UploadedSerializer,
    UploadSerializer,
    UrlSerializer,
)


class Documents(APIView):
    parser_classes = (MultiPartParser,)

    @extend_schema(parameters=PAGE, responses={200: page_of(DocumentSerializer), **problems(404)})
    def get(self, request: Request, collection_id: UUID) -> Response:
        """A page of the collection's documents, newest first, with their progress; `next` leads to the one after."""
        collection = collection_get(collection_id, user=request.user)
        return page(document_list(collection=collection), request, DocumentSerializer)

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": UploadSerializer},
        responses={201: UploadedSerializer, 200: UploadedSerializer, **problems(400, 403, 404, 413, 415, 422)},
    )
    def post(self, request: Request, collection_id: UUID) -> Response:
        """Upload one file. The same bytes again are the same document (200); a known name gets a new version."""
        collection = collection_get(collection_id, user=request.user, at_least=Role.EDITOR)
        body = UploadSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        file = body.validated_data["file"]
        slot = slot_of(request, str(collection.pk), file.name, content=file.chunks())
        if slot and (made := slot.look()):
            document = document_get(made, user=request.user)
            return _uploaded(Upload(document, latest_version(document), duplicate=False))
        upload = document_upload(
            collection=collection, name=file.name, pieces=file.chunks(), by=cast(User, request.user)
        )
        if slot:
            slot.keep(str(upload.document.pk))
        return _uploaded(upload)


class DocumentFromUrl(APIView):
    @extend_schema(
        request=UrlSerializer,
        responses={201: UploadedSerializer, 200: UploadedSerializer, **problems(400, 403, 404, 413, 415, 422, 503)},
    )
    def post(self, request: Request, collection_id: UUID) -> Response:
        """Fetch one public web address. The same address later gives the document its next version."""
        collection = collection_get(collection_id, user=request.user, at_least=Role.EDITOR)
        body = UrlSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return _uploaded(
            document_fetch(collection=collection, url=body.validated_data["url"], by=cast(User, request.user))
        )


class OneDocument(APIView):
    @extend_schema(responses={200: DocumentSerializer, **problems(404)})
    def get(self, request: Request, document_id: UUID) -> Response:
        """State, progress and error."""
        return Response(DocumentSerializer(document_get(document_id, user=request.user)).data)

    @extend_schema(
        request=DocumentChangeSerializer, responses={200: DocumentSerializer, **problems(400, 403, 404, 422)}
    )
    def patch(self, request: Request, document_id: UUID) -> Response:
        """Switch it off or on, from the next question on; give it another title."""
        document = document_get(document_id, user=request.user, at_least=Role.EDITOR)
        body = DocumentChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by, change = cast(User, request.user), body.validated_data
        if "enabled" in change:
            document_enable(document=document, enabled=change["enabled"], by=by)
        if "title" in change:
            document_rename(document=document, title=change["title"], by=by)
        return Response(DocumentSerializer(document).data)

    @extend_schema(responses={204: None, **problems(403, 404)})
    def delete(self, request: Request, document_id: UUID) -> Response:
        """Delete it; no later question finds it. `deleted/{id}/restore` brings it back while it is kept."""
        document = document_get(document_id, user=request.user, at_least=Role.EDITOR)
        document_delete(document=document, by=cast(User, request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RetryDocument(APIView):
    @extend_schema(request=None, responses={202: DocumentSerializer, **problems(403, 404, 409)})
    def post(self, request: Request, document_id: UUID) -> Response:
        """Read it again: after a failure, or to renew what is there."""
        document = document_get(document_id, user=request.user, at_least=Role.EDITOR)
        version_retry(version=latest_version(document), by=cast(User, request.user))
        return Response(DocumentSerializer(document).data, status=status.HTTP_202_ACCEPTED)


class CancelDocument(APIView):
    @extend_schema(request=None, responses={202: DocumentSerializer, **problems(403, 404, 409)})
    def post(self, request: Request, document_id: UUID) -> Response:
        """Stop reading it; what was published before stays."""
        document = document_get(document_id, user=request.user, at_least=Role.EDITOR)
        version_cancel(version=latest_version(document), by=cast(User, request.user))
        return Response(DocumentSerializer(document).data, status=status.HTTP_202_ACCEPTED)


class DocumentText(APIView):
    @extend_schema(responses={200: TextSerializer, **problems(404)})
    def get(self, request: Request, document_id: UUID) -> Response:
        """The canonical text that every offset refers to; pages as [number, start, end]."""
        document, version, canonical = version_text(document_id=document_id, user=cast(User, request.user))
        body = {"document": document.pk, "version": version.number, "text": canonical.text, "pages": canonical.pages}
        return Response(TextSerializer(body).data)


def _uploaded(upload: Upload) -> Response:
    upload.document.duplicate = upload.duplicate  # type: ignore[attr-defined]  # for this response only
    return Response(
        UploadedSerializer(upload.document).data,
        status=status.HTTP_200_OK if upload.duplicate else status.HTTP_201_CREATED,
    )
