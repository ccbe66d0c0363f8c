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

from .site import FOREST as FOREST
from .site import RIVER as RIVER
from .site import Site, running_site


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


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all who only ask it; who needs it otherwise starts one of their own."""
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def segments(settings) -> Callable[[], list[str]]:
    """The names of the sealed segments on disk."""
    return lambda: sorted(path.name for path in Path(settings.SEGMENTS_ROOT).iterdir() if not path.name.startswith("."))
