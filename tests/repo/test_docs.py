"""What a person may meet by name is documented: metrics, error codes, commands; and links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands
from prometheus_client.metrics import MetricWrapperBase

from ingest.errors import IngestError
from kbqa import metrics
from kbqa.api.problems import _CODES
from kbqa.errors import ApplicationError
from kbqa.ops.metrics import COUNTED_NOW

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def test_every_metric_is_documented():
    written = (DOCS / "metrics.md").read_text()
    measured = [m._name for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)]

    assert [name for name in [*measured, *COUNTED_NOW] if f"`{name}`" not in written] == []


def test_every_metric_documented_is_measured():
    named = set(re.findall(r"^\| `(kbqa_\w+)`", (DOCS / "metrics.md").read_text(), re.MULTILINE))
    measured = {m._name for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)}

    assert {name for name in named - measured if not name.startswith("kbqa_engine_")} == set(COUNTED_NOW)


def test_every_error_code_is_documented():
    written = (DOCS / "api.md").read_text()
    codes = {kind.code for kind in [*kinds_of(ApplicationError), *kinds_of(IngestError)]} | set(_CODES.values())

    assert sorted(code for code in codes if f"`{code}`" not in written) == []


def test_every_command_is_documented():
    written = (DOCS / "operate.md").read_text()
    ours = [name for name, application in get_commands().items() if application.startswith("kbqa.")]

    assert sorted(name for name in ours if f"`{name}`" not in written) == []


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")]), ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page):
    targets = _LINK.findall(page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []


def kinds_of(kind: type) -> Iterator[type]:
    yield kind
    for child in kind.__subclasses__():
        yield from kinds_of(child)
