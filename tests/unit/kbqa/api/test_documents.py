import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kbqa.documents.models import Document, Role
from tests import factories

from .conftest import client_of

pytestmark = pytest.mark.django_db


def test_an_upload_is_queued_and_says_so(upload):
    response = upload("note.txt", b"Some text.")

    assert response.status_code == 201
    assert (response.data["state"], response.data["progress"]) == ("pending", 0)
    assert response.data["latest"]["job"]["stage"] == "queued"


def test_the_same_bytes_are_a_duplicate(upload):
    first = upload("note.txt", b"Some text.")

    again = upload("other.txt", b"Some text.")

    assert again.status_code == 200
    assert again.data["duplicate"]
    assert again.data["id"] == first.data["id"]


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("empty.txt", b"", 422, "empty_file"),
        ("song.mp3", b"ID3" + b"\0" * 64, 415, "unsupported_type"),
        ("setup.exe", b"MZ" + b"\0" * 64, 415, "unsupported_type"),
    ],
)
def test_a_bad_file_is_a_problem_with_a_stable_code(upload, name, content, status, code):
    response = upload(name, content)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.data["code"] == code
    assert not Document.objects.exists()


def test_a_file_over_the_limit_is_refused(upload, settings):
    settings.MAX_UPLOAD_BYTES = 10

    response = upload("note.txt", b"x" * 11)

    assert (response.status_code, response.data["code"]) == (413, "file_too_large")


def test_an_upload_without_a_file_is_refused_by_field(api, collection):
    response = api.post(f"/api/v1/collections/{collection.pk}/documents", {}, format="multipart")

    assert response.status_code == 422
    assert "file" in response.data["errors"]


@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "..\\..\\boot.txt", "/abs/olute.txt", "nul\0byte.txt"])
def test_a_hostile_name_is_reduced_to_its_last_part(upload, name):
    stored = upload(name, b"Some text.").data["name"]

    assert not set(stored) & set("/\\\0")


def test_viewers_cannot_upload_retry_cancel_or_delete(upload, collection):
    document = upload("note.txt", b"Some text.").data["id"]
    viewer = client_of(factories.member(collection, Role.VIEWER))

    statuses = [
        upload("more.txt", b"More.", client=viewer).status_code,
        viewer.post(f"/api/v1/documents/{document}/retry").status_code,
        viewer.post(f"/api/v1/documents/{document}/cancel").status_code,
        viewer.delete(f"/api/v1/documents/{document}").status_code,
    ]

    assert statuses == [403] * 4


def test_a_strangers_requests_find_nothing(upload):
    document = upload("note.txt", b"Some text.").data["id"]
    stranger = client_of(factories.user())

    for call, path in (
        (stranger.get, ""), (stranger.delete, ""), (stranger.post, "/retry"), (stranger.post, "/cancel"),
        (stranger.get, "/text"),
    ):  # fmt: skip
        assert call(f"/api/v1/documents/{document}{path}").status_code == 404


def test_a_document_under_way_can_be_cancelled_and_tried_again(api, upload):
    document = upload("note.txt", b"Some text.").data["id"]

    cancelled = api.post(f"/api/v1/documents/{document}/cancel")
    again = api.post(f"/api/v1/documents/{document}/cancel")
    retried = api.post(f"/api/v1/documents/{document}/retry")

    assert (cancelled.status_code, again.status_code, retried.status_code) == (202, 409, 202)
    assert api.get(f"/api/v1/documents/{document}").data["state"] == "pending"


def test_a_list_of_documents_costs_the_same_for_one_or_many(api, collection, upload, django_assert_max_num_queries):
    for number in range(30):
        upload(f"note-{number}.txt", f"Text {number}.".encode())

    with django_assert_max_num_queries(8):
        page = api.get(f"/api/v1/collections/{collection.pk}/documents?limit=30").data

    assert len(page["results"]) == 30


def test_an_upload_sent_again_under_its_key_is_answered_as_the_first_time(api, collection):
    def send(name: str, content: bytes, client=api):
        file = SimpleUploadedFile(name, content)
        path = f"/api/v1/collections/{collection.pk}/documents"
        return client.post(path, {"file": file}, format="multipart", headers={"Idempotency-Key": "one"})

    first, again, other = send("note.txt", b"Some text."), send("note.txt", b"Some text."), send("else.txt", b"More.")
    edited = send("note.txt", b"Some TEXT.")  # as many bytes
    editor = send("else.txt", b"More.", client=client_of(factories.member(collection, Role.EDITOR)))

    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.data["id"], again.data["duplicate"]) == (first.data["id"], False)
    for refused in (other, edited):
        assert (refused.status_code, list(refused.data["errors"])) == (422, ["Idempotency-Key"])
    assert editor.status_code == 201  # a key is its sender's own


def test_pages_of_documents_follow_one_another(api, collection, upload):
    for number in range(5):
        upload(f"note-{number}.txt", f"Text {number}.".encode())
    address, names = f"/api/v1/collections/{collection.pk}/documents?limit=2", []
    while address:
        page = api.get(address).data
        names += [row["name"] for row in page["results"]]
        address = page["next"]

    assert names == [f"note-{number}.txt" for number in (4, 3, 2, 1, 0)]


def test_a_page_from_the_web_that_is_not_public_is_refused_by_field(api, collection):
    for address in ("http://127.0.0.1/", "http://[::1]/", "file:///etc/passwd", "not an address"):
        response = api.post(f"/api/v1/collections/{collection.pk}/documents/url", {"url": address})
        assert (response.status_code, response.data["code"]) == (422, "address_refused")
        assert response.data["errors"]["url"]

    assert not Document.objects.exists()


def test_a_document_is_switched_off_and_named_by_editors(api, collection, upload):
    address = f"/api/v1/documents/{upload('note.txt', b'Some text.').data['id']}"
    viewer = client_of(factories.member(collection, Role.VIEWER))

    changed = api.patch(address, {"enabled": False, "title": "Notes"}, format="json")
    refused = viewer.patch(address, {"enabled": True}, format="json")
    nonsense = api.patch(address, {"enabled": "perhaps"}, format="json")

    assert (changed.status_code, changed.data["enabled"], changed.data["title"]) == (200, False, "Notes")
    assert (refused.status_code, nonsense.status_code, list(nonsense.data["errors"])) == (403, 422, ["enabled"])
    assert not api.get(address).data["enabled"]
