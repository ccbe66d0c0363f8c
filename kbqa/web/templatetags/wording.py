"""States, stages, failures and figures in people's words."""

from datetime import datetime

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kbqa.answers.models import Answer
from kbqa.documents.models import DocumentEvent, IngestJob, Role, Version
from kbqa.web import labels
from kbqa.web import said as speech

register = template.Library()

Words = str | Promise


@register.filter
def said(sentence: str) -> str:
    """What a service, a parser or a worker said, in the reader's language."""
    return speech.said(sentence)


@register.filter
def moment(iso: str) -> datetime:
    """A time that JSON kept as text."""
    return datetime.fromisoformat(iso)


@register.filter
def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


@register.filter
def likelihood(probability: float) -> str:
    """A calibrated probability in whole hundredths: no estimate is certain, so never 0 or 100."""
    return percent(min(0.99, max(0.01, probability)))


@register.filter
def share(part: float) -> str:
    """Hundredths for a drawing, whatever the reader's decimal comma."""
    return f"{100 * min(1.0, max(0.0, part)):.1f}"


@register.filter
def seconds(ms: float) -> str:
    """Milliseconds as people read them: `84 ms`, `1.3 s`."""
    return _("%(n)d ms") % {"n": round(ms)} if ms < 1_000 else _("%(n).1f s") % {"n": ms / 1_000}


@register.filter
def state_label(version: Version) -> Words:
    return labels.STATES[Version.State(version.state)]


@register.filter
def stage_label(version: Version) -> Words:
    """What a worker does with it now."""
    return labels.STAGES[IngestJob.Stage(version.job.stage)]


@register.filter
def event_label(kind: str) -> Words:
    """What happened to a document."""
    return labels.EVENTS[DocumentEvent.Kind(kind)]


@register.filter
def role_label(role: str) -> Words:
    return labels.ROLES[Role(role)]


@register.filter
def stage_name(name: str) -> Words:
    """A stage of answering."""
    return labels.ANSWER_STAGES.get(name, name)


@register.filter
def signal_name(name: str) -> Words:
    """What the reader's confidence is made of."""
    return labels.SIGNALS.get(name, name.replace("_", " "))


@register.filter
def fault_label(fault: str) -> Words:
    """What a written sentence says that no passage does."""
    return labels.FAULTS.get(fault, fault)


@register.filter
def why_failed(version: Version) -> str:
    return labels.document_failure(version.error_code, version.error)


@register.filter
def why_unanswered(turn: Answer) -> str:
    return labels.failure_sentence(turn.error_code)


@register.filter
def reason_label(reason: str) -> Words:
    return labels.REASONS.get(reason, reason)


@register.simple_tag
def feedback_reasons() -> list[tuple[str, Words]]:
    return list(labels.REASONS.items())
