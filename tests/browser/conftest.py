"""A live product for the session, a Chromium for each module, and a page that hears everything that goes wrong."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.flow.servers import wait_for

from .seed import PASSWORD, SHELF
from .stack import Stack, live_stack

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
SLOW_MS = 60_000  # the first question starts the engine, on a machine that may be busy


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed")
    with live_stack(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture(scope="module")
def browser(stack: Stack) -> Iterator[Browser]:
    """Closed after its module: while it lives, Django takes this thread for an asynchronous one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, stack: Stack) -> dict[str, object]:
    """The cookies of somebody who has signed in through the page."""
    context = browser.new_context(base_url=stack.url)
    page = context.new_page()
    page.goto("/")
    page.fill("[name=username]", "keeper")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_selector("#ask")
    state = context.storage_state()
    context.close()
    return dict(state)


@dataclass(slots=True)
class Visit:
    """An open page and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def listen(self, home: str) -> None:
        page = self.page
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda asked: None if asked.url.startswith(home) else self.complaints.append(asked.url))


@pytest.fixture
def visit(browser: Browser, stack: Stack, signed_in: dict[str, object]) -> Iterator[Callable[..., Visit]]:
    """Open a page in a context of its own; at the end nothing may have been complained of."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def _visit(path: str = "/", *, phone: bool = False, scheme: str = "light", language: str = "en") -> Visit:
        context = browser.new_context(
            base_url=stack.url,
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
            color_scheme=scheme,
            locale=language,
            reduced_motion="reduce",
            storage_state=signed_in,
        )
        context.set_default_timeout(SLOW_MS)
        contexts.append(context)
        visits.append(opened := Visit(context.new_page()))
        opened.listen(stack.url)
        opened.page.goto(path)
        return opened

    yield _visit
    for context in contexts:
        context.close()
    assert [complaint for opened in visits for complaint in opened.complaints] == []


@pytest.fixture(scope="session")
def _ingested() -> list[str]:
    """Noted once for the session: the seeded documents have been read."""
    return []


@pytest.fixture
def shelf(visit: Callable[..., Visit], _ingested: list[str]) -> str:
    """The address of the seeded collection, its documents read by the worker."""
    page = visit("/collections").page
    address = str(page.get_attribute(f"a:has-text('{SHELF}')", "href"))
    if not _ingested:
        page.goto(address)
        wait_for(lambda: page.locator(".chip.pending").count() == 0, seconds=120, why="the documents are ready")
        _ingested.append(address)
    page.context.close()
    return address
