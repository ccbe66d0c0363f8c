"""Test sets, their cases and their runs; for those who edit the collection that is asked."""

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import User
from kbqa.documents.models import Role
from kbqa.documents.permissions import collection_get
from kbqa.quality.files import NewCase
from kbqa.quality.models import Run, RunCase, TestCase, TestSet
from kbqa.quality.outcomes import Verdict
from kbqa.quality.runs import run_cancel, run_get, run_list, run_start, with_progress
from kbqa.quality.sets import MAX_CASES, case_list, cases_import, set_create, set_delete, set_get, set_list

from .pagination import InOrder, NewestFirst, page, page_of
from .schema import PAGE, problems


class ById(NewestFirst):
    ordering = ("pk", "created_at")


class TestSetSerializer(serializers.ModelSerializer[TestSet]):
    collection = serializers.UUIDField(source="collection_id")
    num_cases = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = TestSet
        fields = ["id", "name", "collection", "created_at", "num_cases"]
        read_only_fields = ["id", "created_at"]


class TestCaseSerializer(serializers.ModelSerializer[TestCase]):
    answers = serializers.ListField(child=serializers.CharField(), help_text="each counts as right")
    document = serializers.UUIDField(source="document.pk", allow_null=True, read_only=True)

    class Meta:
        model = TestCase
        fields = ["id", "question", "answers", "document", "passage", "created_at"]


class NewCaseSerializer(serializers.Serializer[Any]):  # Any: a wire shape has no instance type
    """Without answers, document and passage, silence is what is right."""

    question = serializers.CharField(max_length=2_000)
    answers = serializers.ListField(child=serializers.CharField(max_length=1_000), required=False, max_length=20)
    document = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text="its name, title or id"
    )
    passage = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class NewCasesSerializer(serializers.Serializer[Any]):  # Any: as above
    cases = NewCaseSerializer(many=True, max_length=MAX_CASES, allow_empty=False)  # type: ignore[call-arg]  # of a list


class KeptSerializer(serializers.Serializer[Any]):  # Any: as above
    kept = serializers.IntegerField(help_text="cases; a question that was there already was replaced")


class TestRunSerializer(serializers.ModelSerializer[Run]):
    test_set = serializers.UUIDField(source="test_set_id", read_only=True)
    asked = serializers.SerializerMethodField(help_text="cases asked so far")
    total = serializers.SerializerMethodField()
    figures = serializers.DictField(help_text="as `manage.py evaluate` gives them; empty until the run is over")
    facts = serializers.DictField(help_text="the models and the snapshot it was measured with")

    class Meta:
        model = Run
        fields = [
            "id", "test_set", "state", "error", "asked", "total", "figures", "facts",
            "created_at", "started_at", "finished_at",
        ]  # fmt: skip

    def get_asked(self, run: Run) -> int:
        return self._progress(run)[0]

    def get_total(self, run: Run) -> int:
        return self._progress(run)[1]

    def _progress(self, run: Run) -> tuple[int, int]:
        if not hasattr(run, "num_asked"):
            run.num_asked = run.cases.exclude(verdict="").count()  # type: ignore[attr-defined]  # as in a list
            run.num_cases = run.cases.count()  # type: ignore[attr-defined]  # as above
        return run.num_asked, run.num_cases  # type: ignore[attr-defined]  # as above


class RunCaseSerializer(serializers.ModelSerializer[RunCase]):
    """Nothing but what was expected until it was asked; `answer` also where it was kept back."""

    case = serializers.IntegerField(source="case_id", allow_null=True, read_only=True)
    golds = serializers.ListField(child=serializers.CharField())
    verdict = serializers.ChoiceField(choices=["", *Verdict], help_text="empty until it was asked")

    class Meta:
        model = RunCase
        fields = [
            "position", "case", "question", "golds", "verdict", "answer", "quote", "confidence", "abstained",
            "in_passage", "rank", "ms",
        ]  # fmt: skip


class TestSets(APIView):
    @extend_schema(
        operation_id="test_sets_list", parameters=PAGE, responses={200: page_of(TestSetSerializer), **problems(404)}
    )
    def get(self, request: Request) -> Response:
        """A page of the test sets of the collections you edit, newest first."""
        return page(set_list(user=_user(request)), request, TestSetSerializer)

    @extend_schema(request=TestSetSerializer, responses={201: TestSetSerializer, **problems(400, 403, 404, 422)})
    def post(self, request: Request) -> Response:
        """Create a set of questions that are asked of one collection again and again."""
        body = TestSetSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted, user = body.validated_data, _user(request)
        collection = collection_get(wanted["collection_id"], user=user, at_least=Role.EDITOR)
        made = set_create(collection=collection, name=wanted["name"], by=user)
        return Response(TestSetSerializer(made).data, status=status.HTTP_201_CREATED)


class OneTestSet(APIView):
    @extend_schema(responses={200: TestSetSerializer, **problems(404)})
    def get(self, request: Request, set_id: UUID) -> Response:
        """One test set."""
        return Response(TestSetSerializer(set_get(set_id, user=_user(request))).data)

    @extend_schema(responses={204: None, **problems(404)})
    def delete(self, request: Request, set_id: UUID) -> Response:
        """Delete it with its cases and its runs."""
        set_delete(test_set=set_get(set_id, user=_user(request)))
        return Response(status=status.HTTP_204_NO_CONTENT)


class TestCases(APIView):
    @extend_schema(parameters=PAGE, responses={200: page_of(TestCaseSerializer), **problems(404)})
    def get(self, request: Request, set_id: UUID) -> Response:
        """A page of its cases, in the order they were kept."""
        rows = case_list(test_set=set_get(set_id, user=_user(request)))
        return page(rows, request, TestCaseSerializer, ById)

    @extend_schema(request=NewCasesSerializer, responses={201: KeptSerializer, **problems(400, 404, 422)})
    def post(self, request: Request, set_id: UUID) -> Response:
        """Keep cases, all or none; one of a question that is there already replaces it."""
        test_set = set_get(set_id, user=_user(request))
        body = NewCasesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        cases = [
            NewCase(**{**case, "answers": tuple(case.get("answers", ()))}) for case in body.validated_data["cases"]
        ]
        kept = cases_import(test_set=test_set, cases=cases, by=_user(request))
        return Response({"kept": kept}, status=status.HTTP_201_CREATED)


class TestRuns(APIView):
    @extend_schema(parameters=PAGE, responses={200: page_of(TestRunSerializer), **problems(404)})
    def get(self, request: Request, set_id: UUID) -> Response:
        """A page of its runs, newest first."""
        user = _user(request)
        rows = with_progress(run_list(user=user).filter(test_set=set_get(set_id, user=user)))
        return page(rows, request, TestRunSerializer)

    @extend_schema(request=None, responses={202: TestRunSerializer, **problems(404, 409, 422)})
    def post(self, request: Request, set_id: UUID) -> Response:
        """Ask all its cases in the background; ask for the run until it is over."""
        user = _user(request)
        run = run_start(test_set=set_get(set_id, user=user), by=user)
        return Response(TestRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class OneTestRun(APIView):
    @extend_schema(responses={200: TestRunSerializer, **problems(404)})
    def get(self, request: Request, run_id: UUID) -> Response:
        """Its state, how far it is, and its figures."""
        return Response(TestRunSerializer(run_get(run_id, user=_user(request))).data)


class TestRunCases(APIView):
    @extend_schema(
        parameters=[
            *PAGE,
            OpenApiParameter("verdict", {"type": "string", "enum": list(Verdict)}, description="only those"),
        ],
        responses={200: page_of(RunCaseSerializer), **problems(404)},
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """A page of its cases, in their order: what was expected and what came."""
        rows = run_get(run_id, user=_user(request)).cases.all()
        if verdict := request.query_params.get("verdict", ""):
            rows = rows.filter(verdict=verdict)
        return page(rows, request, RunCaseSerializer, InOrder)


class CancelTestRun(APIView):
    @extend_schema(request=None, responses={202: TestRunSerializer, **problems(404, 409)})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Ask nothing more; what was asked stays, with its figures."""
        run = run_get(run_id, user=_user(request))
        run_cancel(run=run)
        run.refresh_from_db()
        return Response(TestRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


def _user(request: Request) -> User:
    return cast(User, request.user)
