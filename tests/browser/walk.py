"""Which pages there are to walk: those of the resolver that people look at, so that a new one is not forgotten."""

from urllib.parse import urlsplit

from django.urls import resolve

from tests.security.surface import PAGES

NO_PAGES = {  # answered with a file, a part of a page or a word for machines
    "answers/<uuid:answer_id>/card",
    "answers/<uuid:answer_id>/stream",
    "collections/<uuid:collection_id>/progress",
    "documents/<uuid:document_id>/original",
    "documents/<uuid:document_id>/pages/<int:page>.png",
    "history/<uuid:conversation_id>/export.<slug:kind>",
    "favicon.ico",
    "quality/sets/<uuid:set_id>/export.<slug:kind>",
    "health/live",
    "health/ready",
    "metrics",
}
ALONE = {"login", "api/docs/", "api/redoc/"}  # nothing that people wrote is on them; tests of their own look at them


def pages_to_walk() -> set[str]:
    shown = {route for route, rows in PAGES.items() if any(row.method == "GET" for row in rows)}
    return shown - NO_PAGES - ALONE


def kind_of(address: str) -> str:
    """The route behind an address, in the resolver's own spelling."""
    return str(resolve(urlsplit(address).path).route)
