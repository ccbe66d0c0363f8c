"""The OpenAPI document as pages, to try out and to read; everything comes from this site, no script runs inline.

Both packages draw icons from text, and Redoc makes its style sheet as it runs: here alone
the content policy lets them. Neither page shows anything that people wrote.
"""

from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response


@method_decorator(csp_update({"img-src": ["data:"]}), name="dispatch")
class TryOut(SpectacularSwaggerSplitView):
    """Swagger UI, its start script fetched rather than written into the page."""

    url_name = "openapi"
    template_name = "api/swagger.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # Any: the parent's own
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # the package's
        del response["Cross-Origin-Opener-Policy"]  # loosened there for sign-in windows, which we have none of
        return response


@method_decorator(csp_update({"img-src": ["data:"], "style-src": [UNSAFE_INLINE]}), name="dispatch")
class ToRead(SpectacularRedocView):
    """Redoc, without the fonts it would fetch from elsewhere."""

    url_name = "openapi"
    template_name = "api/redoc.html"
