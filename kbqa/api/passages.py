"""Passages of a document: list them, edit one, switch it off or on."""

from typing import cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import User
from kbqa.documents.models import Role
from kbqa.documents.passages import passage_edit, passage_enable, passage_get, passage_list, passage_restore
from kbqa.documents.selectors import version_text

from .pagination import InOrder, page, page_of
from .schema import PAGE, problems
from .serializers import DocumentPassageSerializer, PassageChangeSerializer


class DocumentPassages(APIView):
    @extend_schema(parameters=PAGE, responses={200: page_of(DocumentPassageSerializer), **problems(404)})
    def get(self, request: Request, document_id: UUID) -> Response:
        """A page of the passages of the version that answers, in the order of its text."""
        _document, version, _text = version_text(document_id=document_id, user=cast(User, request.user))
        rows = passage_list(version=version).select_related("version")
        return page(rows, request, DocumentPassageSerializer, InOrder)


class OnePassage(APIView):
    @extend_schema(responses={200: DocumentPassageSerializer, **problems(404)})
    def get(self, request: Request, passage_id: int) -> Response:
        """One passage, in its words of now and in the source's."""
        passage = passage_get(passage_id, user=cast(User, request.user), at_least=Role.VIEWER)
        return Response(DocumentPassageSerializer(passage).data)

    @extend_schema(
        request=PassageChangeSerializer,
        responses={200: DocumentPassageSerializer, **problems(400, 403, 404, 409, 422, 503)},
    )
    def patch(self, request: Request, passage_id: int) -> Response:
        """Have it searched and read in other words, or switch it off; from the next question on."""
        by = cast(User, request.user)
        passage = passage_get(passage_id, user=by, at_least=Role.EDITOR)
        body = PassageChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        change = body.validated_data
        if "text" in change and change["text"] is None:
            passage = passage_restore(passage=passage, by=by)
        elif "text" in change:
            passage = passage_edit(passage=passage, text=change["text"], by=by)
        if "enabled" in change:
            passage = passage_enable(passage=passage, enabled=change["enabled"], by=by)
        return Response(DocumentPassageSerializer(passage).data)
