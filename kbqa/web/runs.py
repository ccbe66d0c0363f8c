"""A run: its progress, then its figures, pictures and cases, each with its trace; and two runs side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kbqa.documents.selectors import document_named
from kbqa.quality.comparing import runs_compare
from kbqa.quality.models import Run, RunCase
from kbqa.quality.outcomes import KS, Outcome, Verdict, reliability, risk_by_coverage
from kbqa.quality.plots import Bar, bars_svg, latency_svg, reliability_svg, risk_coverage_svg
from kbqa.quality.runs import outcomes_of, run_cancel, run_delete, run_get, run_list

from .answers import trace_of
from .labels import VERDICTS
from .pages import asker, is_fragment, is_uuid, page_view, paginate

MISSED = "missed"  # the passage was not among those found
_HEAVY = ("passages", "citations", "trace", "timings_ms")


@dataclass(frozen=True, slots=True)
class Figure:
    """A share or a mean with its interval, in percent."""

    label: str
    value: float
    low: float
    high: float


@page_view("GET")
def run_page(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """While it is under way, HTMX asks for its progress alone; once it is over, for the page anew."""
    run = run_get(run_id, user=asker(request))
    done, total = run.cases.exclude(verdict="").count(), run.cases.count()
    context: dict[str, object] = {"run": run, "done": done, "total": total, "percent": 100 * done // max(1, total)}
    if is_fragment(request):
        if run.is_over:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return render(request, "components/run_progress.html", context)
    if run.is_over and run.figures.get("questions"):
        verdict = request.GET.get("state", "")
        outcomes = outcomes_of(run)
        context |= {
            "figures": figures_of(run),
            "pictures": _pictures(run, outcomes),
            "page": paginate(_narrowed(run, verdict), request),
            "state": verdict,
            "states": _states(outcomes),
            "others": _others(request, run),
        }
    return render(request, "web/run.html", context)


@page_view("GET")
def run_case(request: HttpRequest, run_id: UUID, position: int) -> HttpResponse:
    """Why this case came out so: what was expected, said and found."""
    run = run_get(run_id, user=asker(request))
    case = run.cases.prefetch_related(document_named()).filter(position=position).exclude(verdict="").first()
    if case is None:
        raise Http404
    context = {
        "run": run,
        "case": case,
        **trace_of(case.trace, case.passages, case.timings_ms, abstained=case.abstained),
    }
    return render(request, "web/run_case.html", context)


@page_view("GET")
def run_compare(request: HttpRequest) -> HttpResponse:
    """What became worse, and what better, from one run to another."""
    before, after = (run_get(_named(request, name), user=asker(request)) for name in ("before", "after"))
    comparison = runs_compare(before, after)
    context = {
        "before": before,
        "after": after,
        "comparison": comparison,
        "rows": list(zip(figures_of(before), figures_of(after), strict=True)),
    }
    return render(request, "web/run_compare.html", context)


@page_view("POST")
def run_stop(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run_cancel(run=run_get(run_id, user=asker(request)))
    messages.success(request, _("The run was cancelled; what was asked so far is kept."))
    return redirect("run", run_id=run_id)


@page_view("POST")
def run_remove(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run = run_get(run_id, user=asker(request))
    run_delete(run=run)
    messages.success(request, _("The run was deleted."))
    return redirect("test-set", set_id=run.test_set_id)


def figures_of(run: Run) -> list[Figure]:
    """The figures people look at first, in the same order for every run."""
    measured: Mapping[str, Any] = run.figures  # Any: JSON
    shares = [(verdict.value, str(VERDICTS[verdict]), 100.0) for verdict in Verdict]
    shares += [(f"recall@{k}", _("found in the first %(k)s") % {"k": k}, 100.0) for k in KS]
    shares += [("f1_with_silence", _("F1, silence counted"), 1.0)]
    return [
        Figure(label, scale * measured.get(name, 0.0), *(scale * end for end in measured[f"{name}_interval"]))
        for name, label, scale in shares
        if f"{name}_interval" in measured
    ]


def _pictures(run: Run, outcomes: Sequence[Outcome]) -> list[str]:
    """Right, wrong and silent; how far confidence can be trusted; how fast."""
    shares = [
        Bar(figure.label, figure.value / 100, figure.low / 100, figure.high / 100) for figure in figures_of(run)[:-1]
    ]
    answered = _("share answered")
    return [
        bars_svg(shares, title=_("Shares, with their intervals")),
        risk_coverage_svg(
            risk_by_coverage(outcomes),
            title=_("Wrong answers, if only the surest are given"),
            x=answered,
            y=_("share wrong"),
        ),
        reliability_svg(
            reliability(outcomes),
            title=_("Confidence said and seen"),
            x=_("confidence"),
            y=_("share right"),
            dot=_("said {said}, right {seen}, {count} cases"),
        ),
        latency_svg([o.ms for o in outcomes], title=_("Answered within"), x=_("milliseconds"), y=answered),
    ]


def _narrowed(run: Run, verdict: str) -> QuerySet[RunCase]:
    rows = run.cases.exclude(verdict="").order_by("position").defer(*_HEAVY)
    if verdict == MISSED:
        return rows.filter(rank=None).filter(~Q(golds=[]) | ~Q(passage="") | Q(document__isnull=False))
    return rows.filter(verdict=verdict) if verdict in {v.value for v in Verdict} else rows


def _states(outcomes: Sequence[Outcome]) -> list[tuple[str, str, int]]:
    """The filters, with how many cases each leaves."""
    counted = [(v.value, str(VERDICTS[v]), sum(o.verdict is v for o in outcomes)) for v in Verdict]
    missed = sum(o.rank is None and o.wants_answer for o in outcomes)
    return [*counted, (MISSED, _("passage not found"), missed)]


def _others(request: HttpRequest, run: Run) -> list[Run]:
    """Earlier and later runs of the set that this one can be compared with."""
    rows = run_list(user=asker(request)).filter(test_set=run.test_set).exclude(pk=run.pk)
    return [row for row in rows[:20] if row.is_over and row.figures.get("questions")]


def _named(request: HttpRequest, name: str) -> str:
    value = request.GET.get(name, "")
    return value if is_uuid(value) else ""
