"""Hostile text wherever people may put text, looked at in a real browser: it is shown, and never anything else.

No dialog, no request to elsewhere, no complaint of the content policy: the `visit` fixture hears all three.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.conftest import SHARED
from tests.flow.servers import wait_for

from .conftest import Visit
from .walk import kind_of, pages_to_walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared, pytest.mark.timeout(900)]

PAYLOADS = SHARED / "corpora" / "hostile" / "html_xss"
NUM_NAMES, NUM_QUESTIONS = 12, 4
ALWAYS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{constructor.constructor('alert(1)')()}}",
    "</title></textarea><svg/onload=alert(1)>",
    "javascript:alert(1)//",
    '<a href="//evil.example/" hx-get="//evil.example/" hx-trigger="load" data-hx-get="//evil.example/">x</a>',
]


@pytest.fixture(scope="module")
def payloads() -> list[Path]:
    if not PAYLOADS.is_dir():
        pytest.skip("../shared is not here: public data sets and corpora are not part of the repository")
    return sorted(path for path in PAYLOADS.iterdir() if path.stat().st_size)


def test_hostile_text_is_text_on_every_page_that_shows_it(visit: Callable[..., Visit], payloads: list[Path]):
    page = visit("/collections").page
    lines = [line for line in _lines(payloads) if line.isprintable()]
    names = [*ALWAYS, *lines[:: max(1, len(lines) // NUM_NAMES)]]
    shelf = collection_named(page, "".join(ALWAYS)[:200])
    for number, name in enumerate(names):
        paste(page, shelf, title=name[:180], text=f"{name}\nNumber {number}.")
    for path in payloads:
        paste(page, shelf, title=path.name, text=path.read_text(errors="replace"))
    upload(page, shelf, "<img src=x onerror=alert(1)>.html", "\n".join(ALWAYS))
    upload(page, shelf, "payloads.md", "\n\n".join([*ALWAYS, "[a](javascript:alert(1)) ![b](http://evil.example/b)"]))
    page.goto(shelf)
    wait_for(lambda: page.locator(".chip.pending").count() == 0, seconds=240, why="the documents are ready")

    documents = page.locator(".documents .name a").evaluate_all("links => links.map(link => link.href)")
    ruled(page, shelf)
    reworded(page, documents[0])
    talk = asked(page, shelf, [*ALWAYS[:2], *lines[: NUM_QUESTIONS - 2]])

    collection = shelf.rsplit("/", 1)[1]
    addresses = [
        *judged(page, talk, collection),
        *("/", "/collections", shelf, f"{shelf}/settings", f"{shelf}/import", "/jobs", "/inbox?state=all"),
        *(
            talk,
            "/usage",
            "/keys",
            "/account",
            "/account/password",
            f"/collections/{collection}?q=%3Cscript%3Ealert(1)%3C/script%3E",
            *documents,
        ),
        *(f"{documents[0]}/passages", f"{documents[0]}/history", refused_site(page, shelf)),
        *named(page, talk),
        "/probe",
    ]
    for address in addresses:
        page.goto(address)
        page.wait_for_load_state("networkidle")
    addresses.append(deleted(page, shelf))
    assert pages_to_walk() - {kind_of(address) for address in addresses} == set()
    for name in ALWAYS:
        probe(page, shelf, name)
    answered_by_a_page(page, shelf)


def ruled(page: Page, shelf: str) -> None:
    """Words of one meaning, one of them hostile: pages say which were searched for too."""
    page.goto(f"{shelf}/settings")
    page.fill("[name=glossary]", "\n".join(f"alert = {text.replace('=', '')}" for text in ALWAYS))
    page.click("section[aria-labelledby=asking] form.stack:not(.reread) button")


def reworded(page: Page, document: str) -> None:
    """A passage in hostile words, with a title to match: both are in the document's history too."""
    page.goto(f"{document}/passages")
    edit = str(page.locator("button[formaction$='/edit']").first.get_attribute("formaction"))
    post(page, edit, text="\n".join(ALWAYS))
    post(page, f"{document}/rename", title="".join(ALWAYS), back="yes")


def refused_site(page: Page, shelf: str) -> str:
    """An import from a hostile address, which comes to nothing but is kept and shown."""
    address = f"http://127.0.0.1:9/{''.join(ALWAYS).replace(' ', '/')}"  # an address holds no space; a tag needs none
    return post(page, f"{shelf}/import", kind="sitemap", source=address, act="look").url


def named(page: Page, talk: str) -> list[str]:
    """A conversation and a key under hostile names; where they are shown, with the sources of the answers."""
    rename = f"/history/{talk.rsplit('/', 1)[1]}"
    post(page, rename, title="".join(ALWAYS))
    post(page, "/keys", name="".join(ALWAYS)[:100])
    page.goto(talk)
    links = page.locator("a.source, a:has-text('Why this answer')")
    return ["/history", "/history?q=alert", rename, *links.evaluate_all("links => links.map(link => link.href)")]


def deleted(page: Page, shelf: str) -> str:
    """A document under a hostile title is deleted: its name is in the notice, and on the page of what was."""
    page.goto(shelf)
    page.click(".documents [formaction$='/delete'] >> nth=0")
    page.click("button.danger:has-text('Delete')")
    page.wait_for_selector(".notice button:has-text('Undo')")
    page.goto("/deleted")
    page.wait_for_load_state("networkidle")
    return page.url


def answered_by_a_page(page: Page, shelf: str) -> None:
    """What a form gives back: a preview, a question before deleting."""
    page.goto(f"{shelf}/import")
    page.fill("#import-text [name=title]", "".join(ALWAYS)[:200])
    page.fill("#import-text [name=text]", "\n\n".join(ALWAYS))
    page.click("#import-text button[value=look]")
    page.wait_for_selector("section[aria-labelledby=pasted] .looked > *")
    page.goto(shelf)
    page.click(".documents [formaction$='/delete'] >> nth=0")
    page.wait_for_selector(".names li")


def asked(page: Page, shelf: str, questions: list[str]) -> str:
    """The conversation in which they were asked, the first answer called wrong with a hostile comment."""
    page.goto("/")
    for number, question in enumerate(questions, start=1):
        page.fill("#question", question)
        page.keyboard.press("Enter")
        page.wait_for_function("n => document.querySelectorAll('.turn .answer .meta').length >= n", arg=number)
    talk = page.url
    for trace in page.locator("a:has-text('Why this answer')").evaluate_all("links => links.map(link => link.href)"):
        page.goto(trace)
        answer = trace.rsplit("/", 1)[1]
        post(page, f"/answers/{answer}/feedback", rating="-1", reason=ALWAYS[1], comment=ALWAYS[0])
    return talk


def judged(page: Page, talk: str, collection: str) -> list[str]:
    """An answer put right and its question kept and asked again, all in hostile words; where they are shown."""
    page.goto(talk)
    answer = str(page.locator("a:has-text('Why this answer')").first.get_attribute("href"))
    page.goto(answer)
    post(page, "/curated", question="".join(ALWAYS), text="\n".join(ALWAYS), collection=collection)
    test_set = post(page, "/quality", name="".join(ALWAYS)[:200], collection=collection).url
    post(page, f"{answer}/case", answers="\n".join(ALWAYS), home=f"set:{test_set.rsplit('/', 1)[1]}")
    post(page, f"{test_set}/cases", question="".join(ALWAYS), answers=ALWAYS[1])
    run = post(page, f"{test_set}/run").url
    page.goto(run)
    page.wait_for_selector(".plots")
    page.goto("/curated")
    curated = str(page.get_attribute("a[href^='/curated/']", "href"))
    pk = run.rsplit("/", 1)[1]
    compared = f"/quality/compare?before={pk}&after={pk}"
    return ["/curated", curated, f"{answer}/curate", "/quality", test_set, run, f"{run}/cases/1", compared]


def probe(page: Page, shelf: str, question: str) -> None:
    page.goto("/probe")
    page.select_option("[name=collection]", shelf.rsplit("/", 1)[1])
    page.fill("[name=q]", question)
    page.click("form.probe button")
    page.wait_for_load_state("networkidle")


def collection_named(page: Page, name: str) -> str:
    page.goto("/collections")
    response = post(page, "/collections", name=name, description="".join(ALWAYS))
    return response.url


def paste(page: Page, shelf: str, **fields: str):
    return post(page, f"{shelf}/import", **fields)


def upload(page: Page, shelf: str, name: str, text: str) -> None:
    file = {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
    answered = page.request.post(
        f"{shelf}/upload", multipart={"csrfmiddlewaretoken": token(page), "files": file}, headers={"Referer": page.url}
    )
    assert answered.ok


def post(page: Page, address: str, **fields: str):
    form = {"csrfmiddlewaretoken": token(page), **fields}
    answered = page.request.post(address, form=form, headers={"Referer": page.url})
    assert answered.ok, (address, answered.status, fields)
    return answered


def token(page: Page) -> str:
    return next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")


def _lines(payloads: list[Path]) -> list[str]:
    return [line.strip() for path in payloads for line in path.read_text(errors="replace").splitlines() if line.strip()]
