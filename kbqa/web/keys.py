"""API keys: made here, shown once, revoked here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kbqa.accounts.selectors import key_get, key_list
from kbqa.accounts.services import key_issue, key_revoke

from .pages import asker, page_view


@page_view("GET", "POST")
def key_page(request: HttpRequest) -> HttpResponse:
    shown = ""
    if request.method == "POST":
        _row, shown = key_issue(owner=asker(request), name=request.POST.get("name", "").strip()[:100] or "unnamed")
    return render(request, "web/keys.html", {"keys": key_list(owner=asker(request)), "shown": shown})


@page_view("POST")
def key_remove(request: HttpRequest, key_id: int) -> HttpResponse:
    key_revoke(key=key_get(key_id, owner=asker(request)))
    return redirect("keys")
