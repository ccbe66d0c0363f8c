"""Bad input through REST: a clear problem with a stable code, and what was there before is still there."""

import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter
from rest_framework.response import Response
from rest_framework.test import APIClient

from kbqa.accounts.models import User
from kbqa.accounts.services import key_issue
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import Collection, Document, Version
from tests import factories

from .conftest import FOREST

pytestmark = pytest.mark.django_db(transaction=True)


def client_of(user: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    _, key = key_issue(owner=user, name="test")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def api(owner: User) -> APIClient:
    return client_of(owner)


@pytest.fixture
def upload(api: APIClient, collection: Collection) -> Callable[[str, bytes], Response]:
    def _upload(name: str, content: bytes) -> Response:
        file = SimpleUploadedFile(name, content)
        return api.post(f"/api/v1/collections/{collection.pk}/documents", {"file": file}, format="multipart")

    return _upload


@pytest.fixture(autouse=True)
def _a_good_document_stays(put) -> None:
    """Published before each test, and still whole after it."""
    good = put("forest.txt", FOREST)
    yield
    good.version.refresh_from_db()
    assert good.version.state == Version.State.READY
    assert good.version.passages.count() == good.version.num_passages == 1


def assert_problem(response: Response, status: int, code: str) -> None:
    body = json.loads(response.content)
    assert (response.status_code, body["code"]) == (status, code), body
    assert response["Content-Type"].startswith("application/problem+json")
    assert len(body["detail"]) > 10
    assert "Traceback" not in response.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("nothing.pdf", b"", 422, "empty_file"),
        ("program.exe", b"MZ" + b"\0" * 64, 415, "unsupported_type"),
        ("song.txt", b"OggS" + b"\0" * 64, 415, "unsupported_type"),
        ("no name at all", b"\0\1\2\3" * 64, 415, "unsupported_type"),
        ("over.txt", b"x" * 4_097, 413, "file_too_large"),
    ],
    ids=["empty", "program", "recording under another name", "bytes", "over the limit"],
)
def test_a_bad_upload_is_refused(upload, settings, name, content, status, code):
    settings.MAX_UPLOAD_BYTES = 4_096

    assert_problem(upload(name, content), status, code)

    assert Document.objects.count() == 1
    assert not list(settings.ORIGINALS_ROOT.glob(".tmp-*"))


def encrypted_pdf(tmp_path) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret")
    writer.write(tmp_path / "locked.pdf")
    return (tmp_path / "locked.pdf").read_bytes()


@pytest.mark.parametrize(
    ("name", "make", "code"),
    [
        ("locked.pdf", encrypted_pdf, "encrypted_file"),
        ("torn.pdf", lambda _: b"%PDF-1.7\nand then nothing", "corrupt_file"),
        ("blank.txt", lambda _: b" \n\t\n ", "no_text"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_its_reason(api, upload, tmp_path, name, make, code):
    uploaded = upload(name, make(tmp_path))
    assert uploaded.status_code == 201

    version_ingest(Version.objects.get(document=uploaded.data["id"]).pk)

    latest = api.get(f"/api/v1/documents/{uploaded.data['id']}").data["latest"]
    assert (latest["state"], latest["error_code"]) == ("failed", code)
    assert latest["error"].endswith(".")


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer nonsense", "Bearer kb_a_b", "Basic YTpi", "Bearer \u00e9"])
def test_a_wrong_key_is_refused(collection, key):
    response = APIClient().get(f"/api/v1/collections/{collection.pk}/documents", HTTP_AUTHORIZATION=key)

    assert_problem(response, 401, json.loads(response.content)["code"])
    assert str(collection.pk) not in response.content.decode()


@pytest.mark.parametrize("act", ["get", "upload", "ask"])
def test_another_persons_collection_is_not_there(collection, act):
    stranger = client_of(factories.user())
    path = f"/api/v1/collections/{collection.pk}/documents"

    response = {
        "get": lambda: stranger.get(path),
        "upload": lambda: stranger.post(path, {"file": SimpleUploadedFile("a.txt", b"text")}, format="multipart"),
        "ask": lambda: stranger.post(
            "/api/v1/answers", {"question": "When?", "collections": [str(collection.pk)]}, format="json"
        ),
    }[act]()

    assert_problem(response, 404, "not_found")
    assert Document.objects.count() == 1


@pytest.mark.parametrize("path", ["/api/v1/answers", "/api/v1/search", "/api/v1/collections"])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"question": ', b"[]", b"null", b'"text"', b"\xff\xfe{}", b'{"question": {"a": 1}}'],
    ids=["empty", "torn", "cut", "a list", "null", "a string", "no UTF-8", "an object"],
)
def test_malformed_bodies_are_the_callers_mistake(api, path, body):
    response = api.generic("POST", path, body, content_type="application/json")

    assert 400 <= response.status_code < 500
    assert_problem(response, response.status_code, json.loads(response.content)["code"])


@pytest.mark.parametrize("path", ["/api/v1/answers", "/api/v1/search"])
@pytest.mark.parametrize("question", ["why " * 25_000, "", " \n "], ids=["long", "empty", "blank"])
def test_a_question_that_is_none_is_refused_by_field(api, path, question):
    response = api.post(path, {"question": question}, format="json")

    assert_problem(response, 422, "invalid")


@pytest.mark.parametrize("path", ["/api/v1/answers", "/api/v1/search"])
@pytest.mark.parametrize(
    "body", [b'{"question": "When was the oak \\u0000 planted?"}', b'{"question": "\\ud800 oak?"}']
)
def test_characters_that_are_none_break_nothing(api, path, body):
    """NUL and half of a surrogate pair: refused or left out, never a broken server."""
    response = api.generic("POST", path, body, content_type="application/json")

    assert response.status_code < 500
    response.content.decode()


@pytest.mark.parametrize("name", ["a\0b.txt", "a\u202eb.txt", "../../etc/passwd", "x" * 400 + ".txt"])
def test_a_hostile_name_becomes_a_harmless_one(upload, name):
    response = upload(name, b"Some text.")

    assert response.status_code in (201, 422)
    if response.status_code == 201:
        assert not set("/\0\u202e") & set(response.data["name"])
        assert len(response.data["name"]) <= 255


def test_json_nested_deeper_than_any_stack_is_malformed(api: APIClient):
    response = api.generic("POST", "/api/v1/collections", "[" * 100_000, content_type="application/json")

    assert_problem(response, 400, "malformed")


@pytest.mark.parametrize("address", ["/api/v1/answers", "/api/v1/search"])
def test_a_question_of_invisible_characters_is_empty(api: APIClient, address: str):
    assert_problem(api.post(address, {"question": "\u200b\u2060"}, format="json"), 422, "invalid")
