"""Cursor pages, of one shape everywhere and stable while rows come and go."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from kbqa.bin.selectors import Bin
from kbqa.errors import NotFound

AnySerializer = type[serializers.Serializer[Any]]  # Any: of whatever is listed


class NewestFirst(CursorPagination):
    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering: tuple[str, ...] = ("-created_at", "pk")


class InOrder(NewestFirst):
    ordering = ("position", "pk")


class OldestFirst(NewestFirst):
    ordering = ("created_at", "pk")


class NewestKey(NewestFirst):
    ordering = ("-pk",)


class ByName(NewestFirst):
    ordering = ("name", "pk")


def page_of(item: AnySerializer) -> AnySerializer:
    """The wire's shape of a page of these: `DocumentPage` of `Document`."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": item(many=True),
    }
    return type(item.__name__.replace("Serializer", "PageSerializer"), (serializers.Serializer,), fields)


def page(
    rows: QuerySet[Model] | Bin, request: Request, item: AnySerializer, order: type[CursorPagination] = NewestFirst
) -> Response:
    """The page that the request's `cursor` and `limit` name; NotFound for a cursor that no page of ours gave."""
    pager = order()
    try:
        found = pager.paginate_queryset(rows, request)  # type: ignore[arg-type]  # Bin has what it asks of rows
    except (ValidationError, ValueError) as error:  # of a forged position, which is read as a date or a number
        raise NotFound("There is no such page.") from error
    return pager.get_paginated_response(item(found, many=True).data)
