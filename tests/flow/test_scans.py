"""A scan and a photograph through both flows: read, found, cited, and the quote marked on the picture itself."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageChops

from inference.deadline import Deadline
from kbqa.answers.pipeline import answer
from kbqa.answers.scope import scope_of
from kbqa.answers.wire import collect
from kbqa.documents import pictures, recognized
from kbqa.documents.ingestion import version_ingest
from kbqa.documents.models import IngestJob, RecognizedPage, Version
from kbqa.documents.services import version_retry
from kbqa.imports.preview import preview
from tests.scans import as_heic, as_pdf, as_png, page_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LOG = (
    "This is the log of the northern light.",
    "The lamp was trimmed at 21:40 by keeper Aune.",
    "Wind from the north-west, force 6, rain.",
)
CERTIFICATE = ("Calibration certificate C-0417", "The next calibration is due on 17 September 2027.")


def asked(question, owner):
    return collect(answer(question, asker=owner, scope=scope_of(owner), deadline=Deadline.after(20)))


@pytest.fixture
def signed_in(owner):
    client = Client()
    client.force_login(owner)
    return client


def test_a_scan_of_two_pages_is_cited_by_its_page(put, owner):
    upload = put("log.pdf", as_pdf(page_of(*LOG), page_of(*CERTIFICATE)))

    assert upload.version.state == Version.State.READY
    assert upload.version.warnings == [
        "The text of pages 1, 2 was recognised in pictures; letters may be wrong.",
    ]
    body = asked("When is the next calibration due?", owner)
    assert body["citations"][0]["page"] == 2
    assert "17 September 2027" in body["citations"][0]["quote"]


@pytest.mark.parametrize(("name", "saved"), [("log.png", as_png), ("log.heic", as_heic), ("log.pdf", as_pdf)])
def test_the_quote_is_marked_on_the_picture(put, owner, signed_in, name, saved):
    upload = put(name, saved(page_of(*LOG)))
    cited = asked("Who trimmed the lamp?", owner)["citations"][0]
    page = signed_in.get(reverse("document", args=[upload.document.pk]), {"start": cited["start"], "end": cited["end"]})
    address = reverse("document-picture", args=[upload.document.pk, 1])

    assert address in page.content.decode()
    plain = picture_of(signed_in.get(address))
    marked = picture_of(signed_in.get(address, {"start": cited["start"], "end": cited["end"]}))

    left, top, right, bottom = ImageChops.difference(plain, marked).getbbox()
    line = plain.height * (40 + 60) / (80 + 60 * len(LOG))  # where `page_of` has set the second line
    assert abs(top - line) < 0.5 * (bottom - top)
    assert right - left > 0.4 * plain.width


def picture_of(response):
    return Image.open(io.BytesIO(b"".join(response.streaming_content))).convert("RGB")


def test_how_far_it_is_is_told(put, monkeypatch):
    upload = put("log.pdf", as_pdf(page_of(*LOG), page_of(*CERTIFICATE)), ingest=False)
    told = []
    monkeypatch.setattr(
        "kbqa.documents.jobs.job_progress", lambda job, *, percent, message, **_: told.append((percent, message))
    )

    version_ingest(upload.version.pk)

    assert told[:3] == [
        (5, "Reading the file"),
        (17, "1 of 2 pictured pages recognised"),
        (30, "2 of 2 pictured pages recognised"),
    ]


def test_what_a_worker_recognised_before_it_died_is_not_recognised_again(put, monkeypatch):
    upload = put("log.pdf", as_pdf(page_of(*LOG), page_of(*CERTIFICATE)), ingest=False)
    keep, kept = recognized.recognized_page_keep, []

    def dies(version, number, lines):
        keep(version, number, lines)
        kept.append(number)
        raise ConnectionError("the worker's machine is gone")

    monkeypatch.setattr("kbqa.documents.ingestion.recognized_page_keep", dies)
    version_ingest(upload.version.pk)
    monkeypatch.setattr("kbqa.documents.ingestion.recognized_page_keep", lambda *of: (kept.append(of[1]), keep(*of)))
    IngestJob.objects.update(not_before=None)
    version_ingest(upload.version.pk)

    assert kept == [1, 2]
    upload.version.refresh_from_db()
    assert upload.version.state == Version.State.READY
    assert upload.version.num_pages == 2


def test_reading_it_again_recognises_it_again(put, owner):
    upload = put("log.png", as_png(page_of(*LOG)))
    first = RecognizedPage.objects.get(version=upload.version)

    again = version_retry(version=upload.version, by=owner)
    version_ingest(again.pk)
    version_ingest(again.pk)

    assert RecognizedPage.objects.get(version=again).lines == first.lines


def test_a_preview_reads_the_first_pages_only(collection, monkeypatch):
    monkeypatch.setattr("kbqa.imports.preview.MAX_OCR_PAGES", 1)
    seen = preview(collection=collection, name="log.pdf", pieces=[as_pdf(page_of(*LOG), page_of(*CERTIFICATE))])

    assert "trimmed" in seen.passages[0].text
    assert "Of 2 pages that are pictures the first 1 were read." in seen.warnings


def test_a_site_that_reads_no_scans_says_so(put, settings):
    settings.INGEST = settings.INGEST | {"ocr": False}

    upload = put("log.pdf", as_pdf(page_of(*LOG)))

    assert (upload.version.state, upload.version.error_code) == (Version.State.FAILED, "no_text")
    assert "looks like a scan" in upload.version.error


def test_a_version_s_pictured_pages_go_with_it(put):
    upload = put("log.png", as_png(page_of(*LOG)))
    assert pictures.can_be_drawn(upload.version)

    upload.document.delete()

    assert not RecognizedPage.objects.exists()
    assert not IngestJob.objects.exists()
