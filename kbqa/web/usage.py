"""Usage: how much was asked, how often the documents did not say, how fast answers came."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kbqa.answers.usage import usage_of

from .charts import bars_of, lines_of
from .labels import LEVELS
from .pages import asker, page_view

SPANS = (7, 30, 90)


@page_view("GET")
def usage_page(request: HttpRequest) -> HttpResponse:
    given = request.GET.get("days", "")
    num_days = int(given) if given.isdigit() and int(given) in SPANS else SPANS[1]
    usage = usage_of(user=asker(request), num_days=num_days)
    whole = sum(count for _level, count in usage.levels)
    levels = [(LEVELS[level], count, count / whole) for level, count in usage.levels]
    context = {
        "usage": usage,
        "bars": bars_of(usage.days),
        "lines": lines_of(usage.days),
        "levels": levels,
        "num_days": num_days,
        "spans": SPANS,
    }
    return render(request, "web/usage.html", context)
