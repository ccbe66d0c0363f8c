"""Every page, at both widths, light, dark and Chinese: nothing complains, nothing sticks out, everybody can use it."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import Visit
from .test_xss import post
from .walk import kind_of, pages_to_walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOKS: dict[str, dict[str, Any]] = {
    "desktop, light": {},
    "phone, dark": {"phone": True, "scheme": "dark"},
    "desktop, dark, Chinese": {"scheme": "dark", "language": "zh-CN"},
}
OPENED = ("guide.pdf", "ships.xlsx", "broken.pdf", "非常长的文件名")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def addresses(visit: Callable[..., Visit], shelf: str) -> list[str]:
    """An address of every kind of page, with real rows behind it."""
    page = visit("/").page
    for question in ("How much oil does a clean wick burn?", "Who won the world chess championship of 1972?"):
        page.fill("#question", question)
        page.keyboard.press("Enter")
        page.wait_for_selector(f".turn:has-text('{question}') .answer .meta")
    talk = page.url
    sources = page.locator(".turn a.source")
    trace = page.locator(".turn a:has-text('Why this answer')").first.get_attribute("href")
    quotes = [str(sources.nth(n).get_attribute("href")) for n in range(2)]
    page.goto(f"{shelf}/import")
    dry_run = str(page.get_attribute("a:has-text('tests/data')", "href"))
    page.goto(shelf)
    documents = [str(page.get_attribute(f".documents .name:has-text('{name}') a", "href")) for name in OPENED]
    conversation, collection = talk.rsplit("/", 1)[1], shelf.rsplit("/", 1)[1]
    post(page, "/curated", question="Who trims it?", text="The keeper, every four hours.", collection=collection)
    made = post(page, "/collections", name="Lost property")
    post(page, f"{made.url}/delete", name="Lost property")
    page.goto("/curated")
    curated = str(page.get_attribute("a[href^='/curated/']", "href"))
    return [
        *(f"{trace}/curate", "/curated", curated, *run_of(page, f"{trace}/case", collection)),
        *("/", talk, str(trace), *quotes, "/collections", shelf, f"{shelf}?q=nothing-like-this", f"{shelf}/settings"),
        *(f"{documents[0]}/passages", f"{documents[0]}/history"),
        *("/deleted", "/deleted?kind=collection"),
        *(*documents, "/history", "/history?q=nothing-like-this", f"/history/{conversation}", "/keys"),
        *(
            f"{shelf}/import",
            dry_run,
            f"{dry_run}?state=refused",
            f"/probe?collection={shelf.rsplit('/', 1)[1]}&question=lamp",
            "/jobs",
            "/inbox",
            "/usage",
            "/account",
            "/account/password",
        ),
    ]


def test_the_reference_of_the_api_is_read_and_tried_out_here(visit: Callable[..., Visit]):
    page = visit("/api/docs/").page
    page.wait_for_selector(".opblock")

    page.goto("/api/redoc/")
    page.wait_for_selector("[data-section-id]")
    page.wait_for_load_state("networkidle")  # its logo comes last


def test_every_kind_of_page_is_walked(addresses: list[str]):
    assert {kind_of(address) for address in addresses} == pages_to_walk()


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_quiet_fits_and_is_accessible(look: str, visit: Callable[..., Visit], addresses: list[str]):
    page = visit("/", **LOOKS[look]).page

    for address in addresses:
        page.goto(address)
        assert_nothing_sticks_out(page)
        assert_accessible(page)


def run_of(page: Page, keep_case: str, collection: str) -> list[str]:
    """The addresses of a test set with a case, of a finished run of it, of its case and of a comparison."""
    test_set = post(page, keep_case, answers="0.3 litres", home=f"collection:{collection}").url
    run = post(page, f"{test_set}/run").url
    page.goto(run)
    page.wait_for_selector(".plots")
    pk = run.rsplit("/", 1)[1]
    return ["/quality", test_set, run, f"{run}/cases/1", f"/quality/compare?before={pk}&after={pk}"]


def test_pages_for_those_who_are_not_signed_in_or_got_lost(visit: Callable[..., Visit]):
    opened = visit("/nowhere")
    page = opened.page
    assert "nothing here" in page.inner_text("h1")
    assert_accessible(page)

    page.context.clear_cookies()
    page.goto("/history")

    assert page.inner_text("h1") == "Sign in"
    assert_accessible(page)
    opened.complaints.remove(next(text for text in opened.complaints if "404" in text))


def test_the_whole_of_asking_is_reached_by_keyboard(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page
    page.keyboard.type("How much oil does a clean wick burn?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer .meta")

    reached = set()
    page.focus("#main")
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML.slice(0, 60)"))

    assert any('class="number"' in element for element in reached)
    assert any('class="source"' in element for element in reached)
    assert any('data-action="copy"' in element for element in reached)
    assert any('name="rating"' in element for element in reached)


def test_all_documents_are_ticked_and_unticked_by_key(visit: Callable[..., Visit], shelf: str):
    page = visit(shelf).page
    boxes, ticked = page.locator("[name=documents]"), page.locator("[name=documents]:checked")

    page.press("#tick-all", "Space")
    expect(ticked).to_have_count(boxes.count())
    boxes.first.press("Space")

    assert page.evaluate("document.getElementById('tick-all').indeterminate")
    expect(page.locator(".bulk")).to_be_visible()
    page.press("#tick-all", "Space")
    page.press("#tick-all", "Space")
    expect(ticked).to_have_count(0)


def test_on_a_phone_the_pages_own_tab_is_in_sight_and_its_figures_are_read(visit: Callable[..., Visit], shelf: str):
    page = visit("/", phone=True).page
    page.fill("#question", "When is the lamp lit?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".turn:last-child .answer .meta")

    page.goto("/usage")

    for bar in (".bar nav", ".tabs"):
        expect(page.locator(f"{bar} [aria-current]")).to_be_in_viewport(ratio=0.9)
    assert page.evaluate("scrollY") == 0
    assert page.locator(".bars text").first.bounding_box()["height"] > 10


def assert_nothing_sticks_out(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def assert_accessible(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": STANDARDS, "resultTypes": ["violations"]}).response["violations"]
    bad = [
        (problem["id"], node["html"][:160])
        for problem in found
        if problem["impact"] in ("serious", "critical")
        for node in problem["nodes"]
    ]
    assert bad == [], page.url
