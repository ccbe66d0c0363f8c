"""The OpenAPI document as pages, to try out and to read; everything comes from this site, nothing runs inline."""

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response


class TryOut(SpectacularSwaggerSplitView):
    """Swagger UI, its start script fetched rather than written into the page."""

    url_name = "openapi"
    template_name = "api/swagger.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # Any: the parent's own
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # the package's
        del response["Cross-Origin-Opener-Policy"]  # loosened there for sign-in windows, which we have none of
        return response


class ToRead(SpectacularRedocView):
    """Redoc, without the fonts it would fetch from elsewhere."""

    url_name = "openapi"
    template_name = "api/redoc.html"
