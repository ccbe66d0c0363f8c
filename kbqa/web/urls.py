"""Pages; every state has a URL."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def _placeholder(request: HttpRequest, document_id: object = None) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [
    path("", _placeholder, name="ask"),
    path("documents/<uuid:document_id>", _placeholder, name="document"),
    path("login", _placeholder, name="login"),
]
