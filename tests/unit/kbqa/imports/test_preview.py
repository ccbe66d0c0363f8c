"""A look before keeping: the passages an ingestion would make, and nothing left of them."""

import tempfile
from pathlib import Path

import pytest

from kbqa.documents.models import Document, Passage
from kbqa.documents.services import document_upload
from kbqa.errors import EmptyFile, Invalid, UnsupportedFile
from kbqa.imports.preview import preview

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[3] / "data"


def test_the_first_passages_are_shown_with_page_and_heading(collection):
    shown = preview(collection=collection, name="guide.pdf", pieces=[(DATA / "guide.pdf").read_bytes()])

    assert shown.foreseen.outcome == "new"
    assert shown.num_pages == 3
    assert shown.passages[0].page == 1
    assert any(passage.heading_path for passage in shown.passages)
    assert "lamp" in " ".join(passage.text for passage in shown.passages)


def test_nothing_is_kept(collection, settings):
    before = {path.name for path in Path(tempfile.gettempdir()).glob("kbqa-look-*")}

    preview(collection=collection, name="note.txt", pieces=[b"The bell is rung at noon."])

    assert not Document.objects.exists()
    assert not Passage.objects.exists()
    assert not [path for path in Path(settings.ORIGINALS_ROOT).rglob("*") if path.is_file()]
    assert {path.name for path in Path(tempfile.gettempdir()).glob("kbqa-look-*")} <= before


def test_what_is_here_already_is_named(collection, editor):
    document_upload(collection=collection, name="bell.txt", pieces=[b"The bell is rung at noon."], by=editor)

    shown = preview(collection=collection, name="note.txt", pieces=[b"The bell is rung at noon."])

    assert (shown.foreseen.outcome, shown.foreseen.document.name) == ("unchanged", "bell.txt")


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [("a.txt", b"", EmptyFile), ("a.exe", b"MZ" + b"\0" * 64, UnsupportedFile), ("a.pdf", b"%PDF-1.7\nnone", Invalid)],
)
def test_what_would_be_refused_is_refused_now(collection, name, content, error):
    with pytest.raises(error):
        preview(collection=collection, name=name, pieces=[content])
