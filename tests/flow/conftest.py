"""The flows through their real doors: database, engine, index and files are the real ones."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from kbqa.accounts.models import User
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Collection
from kbqa.documents.services import Upload, document_upload
from kbqa.engine import close_engine
from tests import factories

FOREST = "The oldest oak in Harrow Wood was planted in 1641. Foresters count its rings every spring."
RIVER = "The River Wendle floods most often in March. The lock at Aston is closed from December to February."


@pytest.fixture(scope="session", autouse=True)
def _engine_closed() -> Iterator[None]:
    yield
    close_engine()


@pytest.fixture(autouse=True)
def _unhurried(settings: Settings) -> None:
    """On a busy machine a search may take longer than readers would wait; what it finds is the same."""
    settings.RETRIEVAL_DEADLINE_S = 20.0


@pytest.fixture
def owner() -> User:
    return factories.user(username="owner")


@pytest.fixture
def collection(owner: User) -> Collection:
    return factories.collection(owner=owner)


@pytest.fixture
def put(collection: Collection, owner: User):
    """Upload text under a name and, unless told otherwise, ingest it here and now."""

    def _put(name: str, text: str | bytes, *, into: Collection | None = None, ingest: bool = True) -> Upload:
        content = text.encode() if isinstance(text, str) else text
        upload = document_upload(collection=into or collection, name=name, pieces=[content], by=owner)
        if ingest:
            version_ingest(upload.version.pk)
            upload.version.refresh_from_db()
            upload.document.refresh_from_db()
        return upload

    return _put


@pytest.fixture
def segments(settings) -> Callable[[], list[str]]:
    """The names of the sealed segments on disk."""
    return lambda: sorted(path.name for path in Path(settings.SEGMENTS_ROOT).iterdir() if not path.name.startswith("."))
