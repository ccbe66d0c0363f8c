"""`kill -9` in the middle of fifty documents, under either broker: none lost, none doubled."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from kbqa.documents.models import Collection, Document, Version
from kbqa.documents.rebuilding import collection_verify
from tests import factories

from .servers import Worker, environment_of, manage, redis_server, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)]

NUM_DOCUMENTS = 50


@pytest.fixture(params=["embedded", "redis"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The embedded broker, and Redis where there is one."""
    shared = environment_of(tmp_path)
    if request.param == "embedded":
        yield shared
        return
    try:
        with redis_server(tmp_path) as broker:
            yield {**shared, "KBQA_BROKER_URL": broker}
    except FileNotFoundError:
        pytest.skip("redis-server is not installed")


def write_documents(folder: Path) -> None:
    folder.mkdir()
    for number in range(NUM_DOCUMENTS):
        paragraphs = [
            f"Paragraph {part} of report {number}. The gauge at post {number}-{part} read {number * part} on that day. "
            f"Nothing else was noted by the keeper, who signed with the word canary{number}x{part}."
            for part in range(20)
        ]
        (folder / f"report-{number:02}.txt").write_text("\n\n".join(paragraphs))


def ready() -> int:
    return Version.objects.filter(state=Version.State.READY).count()


def test_a_worker_killed_while_ingesting_loses_and_doubles_nothing(
    environment: dict[str, str], tmp_path: Path, settings: Settings
):
    factories.user(username="chief", is_superuser=True)
    write_documents(tmp_path / "reports")
    worker = Worker(environment, tmp_path / "worker.log")
    try:
        manage("ingest_folder", str(tmp_path / "reports"), "--collection", "reports", environment=environment)
        wait_for(lambda: ready() >= 8, seconds=120, every=0.05, why="some documents are ready")
        worker.kill()
        at_kill = ready()
        worker = Worker(environment, tmp_path / "worker.log")
        wait_for(lambda: ready() == NUM_DOCUMENTS, seconds=240, why="every document is ready")
    finally:
        worker.stop()

    assert 8 <= at_kill < NUM_DOCUMENTS
    assert Document.objects.count() == Version.objects.count() == NUM_DOCUMENTS
    assert collection_verify(collection=Collection.objects.get()).problems == []
    assert_nothing_lost_or_doubled()


def assert_nothing_lost_or_doubled() -> None:
    for version in Version.objects.select_related("document"):
        positions = list(version.passages.order_by("position").values_list("position", flat=True))
        assert positions == list(range(version.num_passages)), version
        text = "\n".join(version.passages.values_list("text", flat=True))
        number = int(version.document.name.removeprefix("report-").removesuffix(".txt"))
        assert all(f"canary{number}x{part}." in text for part in range(20)), version
