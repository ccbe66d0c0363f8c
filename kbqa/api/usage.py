"""Usage: how much was asked, how often the documents did not say, how fast answers came."""

from dataclasses import asdict
from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kbqa.accounts.models import User
from kbqa.accounts.permissions import whole_account_require
from kbqa.answers.usage import usage_of

from .schema import problems

MAX_DAYS = 90


class DaysSerializer(serializers.Serializer[Any]):  # Any: a wire shape has no instance type
    days = serializers.IntegerField(required=False, default=30, min_value=1, max_value=MAX_DAYS)


class DaySerializer(serializers.Serializer[Any]):  # Any: as above
    date = serializers.DateField()
    answered = serializers.IntegerField()
    abstained = serializers.IntegerField()
    failed = serializers.IntegerField()


class UnansweredSerializer(serializers.Serializer[Any]):  # Any: as above
    question = serializers.CharField()
    times = serializers.IntegerField()


class UsageSerializer(serializers.Serializer[Any]):  # Any: as above
    asked = serializers.IntegerField()
    abstained_share = serializers.FloatField(allow_null=True)
    cached_share = serializers.FloatField(allow_null=True)
    p50_ms = serializers.FloatField(allow_null=True, help_text="of answers that were computed")
    p95_ms = serializers.FloatField(allow_null=True)
    days = DaySerializer(many=True)
    unanswered = UnansweredSerializer(many=True, help_text="what the documents did not say, the commonest first")


class UsageFigures(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("days", {"type": "integer", "minimum": 1, "maximum": MAX_DAYS, "default": 30})],
        responses={200: UsageSerializer, **problems(403, 422)},
    )
    def get(self, request: Request) -> Response:
        """Of everybody for staff, of yourself otherwise. Not for a key that is for some collections only."""
        user = cast(User, request.user)
        whole_account_require(user)
        asked = DaysSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        usage = usage_of(user=user, num_days=asked.validated_data["days"])
        unanswered = [{"question": question, "times": times} for question, times in usage.unanswered]
        return Response(UsageSerializer({**asdict(usage), "unanswered": unanswered}).data)
