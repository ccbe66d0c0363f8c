"""What is left of the asker's minute, in the headers of every reply to a question."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


class RateHeaders:
    """RateLimit-Limit, -Remaining, -Reset and -Policy, where the view counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if rate := getattr(request, "rate", None):
            for name, value in rate.headers.items():
                response[name] = value
        return response
