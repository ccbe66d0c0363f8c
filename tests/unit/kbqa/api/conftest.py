"""A client that carries a key, and a short way to upload through REST."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings
from rest_framework.response import Response
from rest_framework.test import APIClient

from kbqa.accounts.models import User
from kbqa.accounts.services import key_issue
from kbqa.documents.models import Collection
from tests import factories


def client_of(user: User) -> APIClient:
    client = APIClient()
    _, key = key_issue(owner=user, name="test")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture(autouse=True)
def _unhurried(settings: Settings) -> None:
    """On a busy machine the engine may take longer to start than an asker would wait."""
    settings.ANSWER_DEADLINE_S = 120.0


@pytest.fixture
def collection(db: None) -> Collection:
    return factories.collection()


@pytest.fixture
def api(collection: Collection) -> APIClient:
    """The owner's client."""
    return client_of(collection.created_by)


@pytest.fixture
def upload(api: APIClient, collection: Collection) -> Callable[..., Response]:
    def _upload(name: str, content: bytes, client: APIClient = api) -> Response:
        file = SimpleUploadedFile(name, content)
        return client.post(f"/api/v1/collections/{collection.pk}/documents", {"file": file}, format="multipart")

    return _upload
