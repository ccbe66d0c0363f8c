"""API keys: made here for as long as is chosen, shown once, revoked here."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kbqa.accounts.selectors import key_get, key_list
from kbqa.accounts.services import key_issue, key_revoke

from .pages import asker, page_view

LIFETIMES = {"30": _("30 days"), "90": _("90 days"), "365": _("A year"), "": _("Until it is revoked")}


@page_view("GET", "POST")
def key_page(request: HttpRequest) -> HttpResponse:
    shown = ""
    if request.method == "POST":
        name = request.POST.get("name", "").replace("\x00", "").strip()[:100] or "unnamed"
        _row, shown = key_issue(owner=asker(request), name=name, expires_at=_expiry(request.POST.get("days", "")))
    context = {
        "keys": key_list(owner=asker(request)),
        "shown": shown,
        "lifetimes": LIFETIMES.items(),
        "now": timezone.now(),
    }
    return render(request, "web/keys.html", context)


@page_view("POST")
def key_remove(request: HttpRequest, key_id: int) -> HttpResponse:
    key_revoke(key=key_get(key_id, owner=asker(request)))
    return redirect("keys")


def _expiry(days: str) -> datetime | None:
    return timezone.now() + timedelta(days=int(days)) if days and days in LIFETIMES else None
