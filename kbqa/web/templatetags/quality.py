"""Runs and their figures in people's words."""

from django import template
from django.utils.functional import Promise

from kbqa.quality.models import Run
from kbqa.quality.outcomes import Verdict
from kbqa.web import labels

register = template.Library()


@register.filter
def run_state(run: Run) -> str | Promise:
    return labels.RUN_STATES[Run.State(run.state)]


@register.filter
def verdict_label(verdict: str) -> str | Promise:
    return labels.VERDICTS[Verdict(verdict)]


@register.filter
def figure(run: Run, name: str) -> float:
    """One of the run's figures; 0 where it was not taken."""
    return float(run.figures.get(name, 0.0))
