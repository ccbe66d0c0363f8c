"""A picture of each page with the sample documents, taken where KBQA_SCREENSHOTS names a folder for them:

`KBQA_SCREENSHOTS=docs/screenshots python -m pytest tests/browser/test_screenshots.py`.
A picture that shows what the one before it showed is left as it was.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.flow.servers import ROOT, wait_for

from .conftest import Visit
from .seed import DATA
from .test_deleted import delete
from .test_main_job import ask
from .test_xss import post
from .walk import kind_of, pages_to_walk

WANTED = os.environ.get("KBQA_SCREENSHOTS", "")
SAMPLES = ROOT / "docs" / "samples"
WHY = "a:has-text('Why this answer')"

CASES = (
    ("How many days of annual leave do full-time staff have?", ["28", "28 days"]),
    ("Which serial numbers are recalled?", ["25-05-0001 to 25-05-0840"]),
    ("What does a quick orange light mean?", ["no reading has arrived for an hour"]),
    ("颗粒物滤网多久更换一次？", ["六个月", "每六个月"]),
    ("Who won the world chess championship of 1972?", []),
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not WANTED, reason="pictures are taken when KBQA_SCREENSHOTS names a folder for them"),
]


MAX_BYTES = 100_000
SAME = 0.004  # of a picture: "five minutes ago" where it said four


def take(page: Page, name: str) -> str:
    """A picture of few colours: small enough to live in the repository. The kind of page it shows."""
    path = ROOT / WANTED / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new.png")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=fresh)
    subprocess.run(["convert", fresh, "-strip", "+dither", "-colors", "160", fresh], check=True)
    assert fresh.stat().st_size <= MAX_BYTES, name
    if path.exists() and _differ(path, fresh) < SAME:
        fresh.unlink()
    else:
        fresh.replace(path)
    return kind_of(page.url)


def _differ(before: Path, after: Path) -> float:
    """The share of the pixels that are not nearly the same; all of them where the size changed."""
    counted = subprocess.run(
        ["compare", "-metric", "AE", "-fuzz", "6%", before, after, "null:"], capture_output=True, text=True, check=False
    )
    size = subprocess.run(["identify", "-format", "%w %h", after], capture_output=True, text=True, check=True).stdout
    width, height = map(int, size.split())
    return float(counted.stderr) / (width * height) if counted.returncode < 2 else 1.0


@pytest.fixture
def samples(visit: Callable[..., Visit]) -> str:
    """The address of a collection of the sample documents, read by the worker."""
    page = visit("/collections").page
    page.fill("[name=name]", "Fernhill Instruments")
    page.fill("[name=description]", "Handbook, policies, prices and manuals.")
    page.click("text=Create")
    files = sorted(path for path in SAMPLES.iterdir() if path.name != "README.md")
    page.set_input_files("#files", files)
    ready = page.locator(".documents .chip.ready")
    wait_for(lambda: ready.count() == len(files), seconds=240, why="the samples are read")
    return page.url


@pytest.mark.timeout(900)
def test_the_pictures(visit: Callable[..., Visit], samples: str):
    collection, shown = samples.rsplit("/", 1)[1], set[str]()

    def look(address: str, name: str) -> None:
        page.goto(address)
        shown.add(take(page, name))

    page = visit(f"/?collections={collection}").page
    ask(page, "What does the warranty not cover?")  # the first question starts the engine: no picture of that
    page.goto(f"/?collections={collection}")
    shown.add(take(page, "welcome"))
    ask(page, "How many days of annual leave do full-time staff have?")
    shown.add(take(page, "ask"))
    talk = page.url
    trace, source = (str(page.locator(f".turn {what}").first.get_attribute("href")) for what in (WHY, "a.source"))
    look(trace, "trace")
    look(source, "viewer")
    page.goto(f"/?collections={collection}")
    ask(page, "What does a quick orange light mean?")
    look(str(page.locator("a.source").first.get_attribute("href")), "viewer-table")
    page.goto(f"/?collections={collection}")
    ask(page, "When is the next calibration due?")
    look(str(page.locator("a.source").first.get_attribute("href")), "viewer-scan")
    page.goto(f"/?collections={collection}")
    ask(page, "Who calibrated the barometer?")
    take(page, "not-sure")
    page.goto(talk)
    ask(page, "Who won the world chess championship of 1972?")
    take(page, "not-found")
    page.click("[aria-label='This is wrong'] >> nth=-1")
    page.click("text=The documents do hold the answer")
    page.fill(".reasons [name=comment]", "It was asked of the chess club's folder last week.")
    take(page, "feedback")
    page.click(".reasons button")
    page.wait_for_selector(".thanks")

    document = source.partition("?")[0]
    for address, name in (
        (samples, "collection"),
        ("/collections", "collections"),
        (f"{samples}/settings", "collection-settings"),
        (f"{document}/passages", "passages"),
        (f"{document}/history", "document-history"),
        ("/history", "history"),
        (talk.replace("/c/", "/history/"), "conversation"),
        (f"/probe?collection={collection}&q=annual+leave", "retrieval-test"),
        ("/inbox", "inbox"),
        (f"{trace}/curate", "put-right"),
        ("/jobs", "jobs"),
        ("/keys", "api"),
        ("/account", "account"),
        ("/account/password", "account-password"),
        ("/usage", "usage"),
    ):
        look(address, name)
    page.goto(document)
    page.click(".about summary")
    shown.add(take(page, "document"))
    page.goto(samples)
    delete(page, "price-list-2026.xlsx")
    look("/deleted", "deleted")
    page.click("button:has-text('Restore')")
    page.wait_for_selector(".notice.success")
    shown |= imported(page, samples) | curated(page, collection) | measured(page, collection)

    phone = visit(f"/?collections={collection}", phone=True, scheme="dark").page
    ask(phone, "Which serial numbers are recalled?")
    take(phone, "ask-phone-dark")
    phone.goto(source)
    take(phone, "viewer-phone-dark")
    chinese = visit(f"/?collections={collection}", language="zh-CN").page
    ask(chinese, "仪器的保修期是多久？")
    take(chinese, "ask-chinese")
    chinese.goto(samples)
    take(chinese, "collection-chinese")
    assert pages_to_walk() - shown == set()


def imported(page: Page, samples: str) -> set[str]:
    """What an import would read, and what it would bring."""
    page.goto(f"{samples}/import")
    page.fill("#import-text [name=title]", "Canteen")
    page.fill(
        "#import-text [name=text]", "# Canteen\n\nLunch is served from 11:45 to 13:30.\n\nThe menu changes on Mondays."
    )
    page.click("#import-text button[value=look]")
    page.wait_for_selector(".looked > *")
    page.locator("#pasted").scroll_into_view_if_needed()
    shown = {take(page, "import-preview")}
    page.goto(f"{samples}/import")
    shown.add(take(page, "import"))
    page.fill("#import-folder [name=source]", str(DATA))
    page.click("#import-folder button[value=look]")
    page.wait_for_selector(".places .chip.ready")
    page.wait_for_selector("#import-run:not([hx-get])")
    page.locator(".head .hint").evaluate("said => said.textContent = '/srv/documents'")  # wherever this checkout lies
    return shown | {take(page, "import-dry-run")}


def curated(page: Page, collection: str) -> set[str]:
    """An answer in an editor's words, and where it is changed."""
    words = "Dr. Ines Albrecht, room 2.14, extension 402."
    post(page, "/curated", question="Who is the data protection officer?", text=words, collection=collection)
    page.goto("/curated")
    shown = {take(page, "curated")}
    page.click("a[href^='/curated/']")
    return shown | {take(page, "curated-edit")}


def measured(page: Page, collection: str) -> set[str]:
    """A test set asked twice, the second time with a question more; its runs side by side."""
    cases = [{"question": q, "context": "", "answers": [{"text": a, "start": 0} for a in golds]} for q, golds in CASES]
    file = {"name": "cases.jsonl", "mimeType": "text/plain", "buffer": "\n".join(map(json.dumps, cases)).encode()}
    page.goto("/quality")
    page.fill("[name=name]", "Handbook")
    page.select_option("[name=collection]", collection)
    page.set_input_files("[name=file]", file)
    page.click("form[enctype] button")
    test_set, runs = page.url, []
    for _ in range(2):
        page.goto(test_set)
        page.click(".head form button")
        page.wait_for_selector(".plots")
        runs.append(page.url.rsplit("/", 1)[1])
    shown = {take(page, "quality")}
    for address, name in (
        ("/quality", "test-sets"),
        (test_set, "test-set"),
        (f"/quality/runs/{runs[1]}/cases/1", "run-case"),
        (f"/quality/compare?before={runs[0]}&after={runs[1]}", "compare"),
    ):
        page.goto(address)
        shown.add(take(page, name))
    return shown


def test_the_pictures_of_what_anybody_sees(visit: Callable[..., Visit]):
    page = visit("/api/docs/").page
    page.wait_for_selector(".opblock")
    take(page, "api-docs")
    page.goto("/api/redoc/")
    page.wait_for_selector("[data-section-id]")
    take(page, "api-reference")
    page.context.clear_cookies()
    page.goto("/")
    take(page, "sign-in")
