"""API keys: made here for as long, for what and for which collections is chosen; shown once, revoked here."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kbqa.accounts.models import ApiKey, KeyScope
from kbqa.accounts.selectors import key_get, key_list
from kbqa.accounts.services import key_issue, key_revoke
from kbqa.answers.scope import scope_of
from kbqa.documents.models import Collection
from kbqa.documents.selectors import collection_list
from kbqa.errors import ApplicationError

from .pages import asker, page_view
from .said import said

LIFETIMES = {
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("A year"),
    "": gettext_lazy("Until it is revoked"),
}


@page_view("GET", "POST")
def key_page(request: HttpRequest) -> HttpResponse:
    """The keys; a new one is shown in the reply to its form and kept nowhere: the script has a reload ask anew."""
    shown, problem, status = "", "", 200
    if request.method == "POST":
        try:
            shown = _issued(request)
        except ApplicationError as error:
            problem, status = said(error.message), error.status
    collections = list(collection_list(user=asker(request)))
    context = {
        "keys": [_told(key, collections) for key in key_list(owner=asker(request))],
        "shown": shown,
        "problem": problem,
        "lifetimes": LIFETIMES.items(),
        "scopes": KeyScope.choices,
        "collections": collections,
        "now": timezone.now(),
    }
    response = render(request, "web/keys.html", context, status=status)
    if shown:
        patch_cache_control(response, no_store=True)
    return response


@page_view("POST")
def key_remove(request: HttpRequest, key_id: int) -> HttpResponse:
    key = key_get(key_id, owner=asker(request))
    key_revoke(key=key)
    messages.success(request, _("%(name)s was revoked; programs that use it are refused.") % {"name": key.name})
    return redirect("keys")


def _issued(request: HttpRequest) -> str:
    given = request.POST
    only = [pk for pk in given.getlist("collections") if pk]
    named = scope_of(asker(request), collections=only).collections if only else None
    _row, key = key_issue(
        owner=asker(request),
        name=given.get("name", "").replace("\x00", "").strip()[:100] or "unnamed",
        expires_at=_expiry(given.get("days", "")),
        scopes=given.getlist("scopes") if "scoped" in given else None,
        collections=None if named is None else [collection.pk for collection in named],
    )
    return key


def _told(key: ApiKey, collections: list[Collection]) -> dict[str, Any]:  # Any: for the template
    """A key as its row shows it: what it may do, and where, in words."""
    may = [label for scope, label in KeyScope.choices if scope in key.scopes]
    only = None if key.collections is None else [row.name for row in collections if str(row.pk) in key.collections]
    return {"row": key, "may": may, "all_scopes": len(may) == len(KeyScope.choices), "only": only}


def _expiry(days: str) -> datetime | None:
    return timezone.now() + timedelta(days=int(days)) if days and days in LIFETIMES else None
