"""What every page shares: who asks, and errors said as a page, a fragment or JSON, with their status."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kbqa.errors import ApplicationError, Busy

from .said import said

if TYPE_CHECKING:
    from kbqa.accounts.models import User
    from kbqa.bin.selectors import Bin

View = Callable[..., HttpResponseBase]

PAGE_SIZE = 25


def page_view(*methods: str) -> Callable[[View], View]:
    """A view for people who are signed in; an ApplicationError becomes what the asking code can show."""

    def decorate(view: View) -> View:
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # Any: the route's own
            if not request.user.is_authenticated:
                return _to_login(request)
            try:
                return view(request, *args, **kwargs)
            except ApplicationError as error:
                return problem(request, error)

        return require_http_methods(["HEAD", *methods] if "GET" in methods else list(methods))(shown)

    return decorate


def asker(request: HttpRequest) -> "User":
    """Who asks; only inside `page_view`."""
    return cast("User", request.user)


def is_fragment(request: HttpRequest) -> bool:
    """Whether HTMX asks for a part of the page."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith(("application/json", "text/event-stream"))


def problem(request: HttpRequest, error: ApplicationError) -> HttpResponse:
    """The error as a sentence, in the form the asker can use."""
    message = said(error.message)
    if wants_json(request):
        response: HttpResponse = JsonResponse({"code": error.code, "detail": message}, status=error.status)
    elif is_fragment(request):
        response = render(request, "components/notice.html", {"message": message}, status=error.status)
        response["HX-Retarget"], response["HX-Reswap"] = "#notices", "innerHTML"
    else:
        context = {"status": error.status, "message": message}
        response = render(request, "error.html", context, status=error.status)
    if isinstance(error, Busy):
        response["Retry-After"] = error.retry_after()
    return response


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def paginate(
    rows: "QuerySet[Any] | Bin", request: HttpRequest, *, size: int = PAGE_SIZE
) -> "Page[Any]":  # Any: any row
    """The page that `?page=` names; nonsense is the first one."""
    pages = Paginator(rows, size)  # type: ignore[arg-type]  # Bin has what it asks of rows
    return pages.get_page(request.GET.get("page"))


def _to_login(request: HttpRequest) -> HttpResponse:
    """A signed-out page goes to the form; a fragment or a stream says so, and the page reloads."""
    if wants_json(request):
        return JsonResponse({"code": "not_authenticated", "detail": _("Please sign in again.")}, status=401)
    if is_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("login")})
    return redirect_to_login(request.get_full_path())
