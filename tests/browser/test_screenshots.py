"""The README's pictures, taken of the sample documents where KBQA_SCREENSHOTS names a folder for them:

`KBQA_SCREENSHOTS=docs/screenshots python -m pytest tests/browser/test_screenshots.py`.
"""

import json
import os
import subprocess
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.flow.servers import ROOT, wait_for

from .conftest import Visit
from .test_main_job import ask

WANTED = os.environ.get("KBQA_SCREENSHOTS", "")
SAMPLES = ROOT / "docs" / "samples"

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


def take(page: Page, name: str) -> None:
    """A picture of few colours: small enough to live in the repository."""
    path = ROOT / WANTED / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    subprocess.run(["convert", path, "-strip", "+dither", "-colors", "160", path], check=True)
    assert path.stat().st_size <= 150_000


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


def test_the_pictures(visit: Callable[..., Visit], samples: str):
    only_these = f"/?collections={samples.rsplit('/', 1)[1]}"

    page = visit(only_these).page
    ask(page, "How many days of annual leave do full-time staff have?")
    take(page, "ask")
    page.goto(str(page.locator(".turn a:has-text('Why this answer')").get_attribute("href")))
    take(page, "trace")
    page.click(".sources a.source >> nth=0")
    take(page, "viewer")
    page.goto(samples)
    take(page, "collection")

    collection = samples.rsplit("/", 1)[1]
    cases = [{"question": q, "context": "", "answers": [{"text": a, "start": 0} for a in golds]} for q, golds in CASES]
    file = {"name": "cases.jsonl", "mimeType": "text/plain", "buffer": "\n".join(map(json.dumps, cases)).encode()}
    page.goto("/quality")
    page.fill("[name=name]", "Handbook")
    page.select_option("[name=collection]", collection)
    page.set_input_files("[name=file]", file)
    page.click("form[enctype] button")
    page.click(".head form button")
    page.wait_for_selector(".plots")
    take(page, "quality")

    phone = visit(only_these, phone=True, scheme="dark").page
    ask(phone, "Which serial numbers are recalled?")
    take(phone, "ask-phone-dark")

    chinese = visit(only_these, language="zh-CN").page
    ask(chinese, "仪器的保修期是多久？")
    take(chinese, "ask-chinese")
