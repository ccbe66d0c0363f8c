"""One's own account: who one is here, and another password."""

from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from .pages import asker, page_view


@page_view("GET")
def account_page(request: HttpRequest) -> HttpResponse:
    return render(request, "web/account.html", {"teams": list(asker(request).teams.order_by("name"))})


class PasswordPage(SuccessMessageMixin, PasswordChangeView):  # type: ignore[type-arg]  # the stubs' own generic
    """Django's own check of the old password and of the new one; the session goes on, the others end."""

    http_method_names = ("get", "head", "post")
    template_name = "web/account_password.html"
    success_url = reverse_lazy("account")
    success_message = _("Your password was changed.")
