"""Cursor pages: stable while rows come and go."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering: tuple[str, ...] = ("-created_at", "pk")


class InOrder(NewestFirst):
    ordering = ("position", "pk")


class NewestKey(NewestFirst):
    ordering = ("-pk",)
