"""Every real document of the shared corpus through REST: text, or a true sentence why not."""

from collections.abc import Iterator

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import CanonicalText, Version
from kbqa.documents.originals import original_path
from kbqa.documents.rebuilding import collection_verify

pytestmark = [
    pytest.mark.django_db(transaction=True), pytest.mark.shared, pytest.mark.slow, pytest.mark.timeout(900),
]  # fmt: skip

_TRUE_REASONS = {"no_text", "unsupported_type", "encrypted_file"}


def test_real_documents_become_text_or_say_why_not(shared, collection, owner):
    client = APIClient()
    client.force_authenticate(owner)
    refused = []
    for path in sorted((shared / "corpora" / "realworld").rglob("*.*")):
        if path.name == "manifest.tsv":
            continue
        file = SimpleUploadedFile(path.name, path.read_bytes())
        response = client.post(f"/api/v1/collections/{collection.pk}/documents", {"file": file}, format="multipart")
        if response.status_code not in (200, 201):
            refused.append((path.name, response.data["code"], response.data["detail"]))
    for version in Version.objects.all():
        version_ingest(version.pk)

    failed = [(str(v), v.error_code, v.error) for v in Version.objects.exclude(state=Version.State.READY)]
    assert {code for _, code, _ in failed + refused} <= _TRUE_REASONS, failed + refused
    assert Version.objects.filter(state=Version.State.READY).count() >= 40
    collection.refresh_from_db()
    assert collection_verify(collection=collection).problems == []
    assert_offsets_give_back_their_text()
    assert_pages_are_right()


def assert_offsets_give_back_their_text() -> None:
    for canonical in CanonicalText.objects.select_related("version"):
        for passage in canonical.version.passages.all():
            assert canonical.text[passage.start : passage.end] == passage.text, canonical.version


def assert_pages_are_right() -> None:
    """The long words of a passage stand on its page, as PDFium alone reads that page, or run over onto the next."""
    checked = right = 0
    read = Version.objects.filter(state=Version.State.READY, media_type="application/pdf", recognized_pages=None)
    for version in read:  # where PDFium reads nothing, a page was recognised
        for page, passage in pages_of(version):
            words = {word for word in passage.lower().split() if word.isalpha() and len(word) > 6}
            if len(words) >= 5:
                checked += 1
                right += sum(word in page for word in words) >= 0.6 * len(words)
    assert checked
    assert right >= 0.97 * checked, f"{right} of {checked} passages"


def pages_of(version: Version) -> Iterator[tuple[str, str]]:
    """Every fifth passage beside the text of its page and the next, read anew."""
    document = pypdfium2.PdfDocument(original_path(version.digest))
    try:
        for passage in version.passages.order_by("position")[::5]:
            numbers = [passage.page - 1, passage.page]
            texts = [document[n].get_textpage().get_text_bounded() for n in numbers if n < len(document)]
            yield "".join(texts).lower().replace("\ufffe", ""), passage.text
    finally:
        document.close()
