"""Jobs: what workers read now, what waits, what ended how; stopped or tried again."""

from typing import cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import User
from kbqa.documents.models import IngestJob, Role
from kbqa.documents.permissions import document_get
from kbqa.documents.selectors import latest_version
from kbqa.documents.services import version_cancel, version_retry
from kbqa.documents.work import job_get, job_list

from .pagination import NewestKey, page, page_of
from .schema import PAGE, problems


class WorkSerializer(serializers.ModelSerializer[IngestJob]):
    document = serializers.UUIDField(source="version.document_id", read_only=True)
    name = serializers.CharField(source="version.document.name", read_only=True)
    collection = serializers.UUIDField(source="version.document.collection_id", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)

    class Meta:
        model = IngestJob
        fields = [
            "id", "document", "name", "collection", "version", "state", "stage", "percent", "message", "attempt",
            "worker", "queued_at", "started_at", "finished_at",
        ]  # fmt: skip


class Jobs(APIView):
    @extend_schema(
        parameters=[*PAGE, OpenApiParameter("state", {"type": "string", "enum": IngestJob.State.values})],
        responses={200: page_of(WorkSerializer), **problems(404)},
    )
    def get(self, request: Request) -> Response:
        """A page of the jobs in the collections you may see, the newest first."""
        rows = job_list(user=cast(User, request.user), state=request.query_params.get("state", ""))
        return page(rows, request, WorkSerializer, NewestKey)


class CancelJob(APIView):
    @extend_schema(request=None, responses={202: WorkSerializer, **problems(403, 404, 409)})
    def post(self, request: Request, job_id: int) -> Response:
        """Stop it; what was published before stays."""
        job = _own(job_id, request)
        version_cancel(version=latest_version(job.version.document), by=cast(User, request.user))
        job.refresh_from_db()
        return Response(WorkSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class RetryJob(APIView):
    @extend_schema(request=None, responses={202: WorkSerializer, **problems(403, 404, 409)})
    def post(self, request: Request, job_id: int) -> Response:
        """Try it again; a document that is ready is read anew, as its next version, under a job of its own."""
        job = _own(job_id, request)
        version = version_retry(version=latest_version(job.version.document), by=cast(User, request.user))
        return Response(WorkSerializer(IngestJob.objects.get(version=version)).data, status=status.HTTP_202_ACCEPTED)


def _own(job_id: int, request: Request) -> IngestJob:
    job = job_get(job_id, user=cast(User, request.user))
    document_get(job.version.document_id, user=request.user, at_least=Role.EDITOR)
    return job
