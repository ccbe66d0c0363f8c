"""A worker killed at each step of ingestion: in the end every document is published once, and nothing else is left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import IngestJob, Segment, Version
from kbqa.documents.publishing import manifest_of, segments_sweep, snapshots_expire
from kbqa.documents.rebuilding import collection_verify

from .kill_points import POINTS
from .servers import ROOT, environment_of
from .test_upload_to_publish import found

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)]

_LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
def killed(put, tmp_path: Path) -> dict[str, Version]:
    """A version by the point at which its worker was killed."""
    versions = {
        point: put(f"{point}.txt", f"The keyword of this note is canary{number}.", ingest=False).version
        for number, point in enumerate(POINTS)
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.flow.kill_points", *(f"{v.pk}={point}" for point, v in versions.items())],
        cwd=ROOT,
        env={**os.environ, **environment_of(tmp_path)},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr[-3000:]
    return versions


def test_whatever_a_killed_worker_left_every_document_is_published_once(killed, owner, collection, settings: Settings):
    waiting = IngestJob.objects.filter(state=IngestJob.State.RUNNING)
    assert waiting.count() == len(POINTS) - 1  # all but the one killed after its publication

    waiting.update(lease_until=_LONG_AGO)
    for version in killed.values():
        version_ingest(version.pk)

    assert set(Version.objects.values_list("state", flat=True)) == {Version.State.READY}
    collection.refresh_from_db()
    assert collection.snapshot.number == len(POINTS)
    assert collection_verify(collection=collection).problems == []
    for number, point in enumerate(killed):
        texts = [text for text in found(f"canary{number}", owner) if f"canary{number}." in text]
        assert len(texts) == 1, point
    assert_sweeping_leaves_the_living(collection, settings.SEGMENTS_ROOT)


def assert_sweeping_leaves_the_living(collection, root: Path) -> None:
    for folder in root.iterdir():
        os.utime(folder, (0, 0))
    collection.snapshots.exclude(pk=collection.snapshot_id).update(replaced_at=_LONG_AGO)

    snapshots_expire()
    segments_sweep()

    live = {segment.name for segment in manifest_of(collection).segments}
    assert {folder.name for folder in root.iterdir()} == live
    assert set(Segment.objects.values_list("name", flat=True)) == live
    assert collection_verify(collection=collection).problems == []
