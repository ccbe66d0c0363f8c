"""Deleted by mistake: one click, with JavaScript or without it, and everything is as before."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import SLOW_MS, Visit
from .stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def delete(page: Page, name: str) -> None:
    """The document of this name, on its collection's page; asked once, and sure."""
    page.click(f".documents tr:has-text('{name}') [formaction$='/delete']")
    page.click("button.danger:has-text('Delete')")
    page.wait_for_selector(".notice button:has-text('Undo')")


def test_a_document_deleted_by_mistake_is_back_after_one_click(visit: Callable[..., Visit], shelf: str):
    page = visit(shelf).page

    delete(page, "guide.md")
    expect(page.locator(".documents .name:has-text('guide.md')")).to_have_count(0)
    page.click("button:has-text('Undo')")

    expect(page.locator(".notice")).to_contain_text("restored")
    expect(page.locator(".documents .name:has-text('guide.md')")).to_have_count(1)
    assert page.url.endswith(shelf)


def test_undo_and_the_list_work_without_javascript(
    browser: Browser, stack: Stack, signed_in: dict[str, object], shelf: str
):
    context = browser.new_context(base_url=stack.url, java_script_enabled=False, storage_state=signed_in)
    page = context.new_page()
    page.set_default_timeout(SLOW_MS)
    page.goto("/collections")
    page.fill("[name=name]", "Shelf of mistakes")
    page.click("text=Create")
    page.goto(f"{page.url}/settings")
    page.fill(".danger-zone [name=name]", "Shelf of mistakes")
    page.click("text=Delete the collection")
    page.click("button:has-text('Undo')")
    expect(page.locator("h1")).to_have_text("Shelf of mistakes")

    page.goto(f"{page.url}/settings")
    page.fill(".danger-zone [name=name]", "Shelf of mistakes")
    page.click("text=Delete the collection")
    page.goto("/deleted")
    mistake = page.locator(".deleted li:has-text('Shelf of mistakes')")
    expect(mistake).to_have_count(1)
    page.click("[aria-label='Erase Shelf of mistakes for good']")

    expect(page.locator(".notice")).to_contain_text("gone for good")
    expect(mistake).to_have_count(0)
    context.close()
