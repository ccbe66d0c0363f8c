"""The main job, as a person does it: sign in, upload, watch it get ready, ask, open the citation at the quote."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.flow.servers import wait_for

from .conftest import SLOW_MS, Visit
from .seed import PASSWORD, SHELF
from .stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DATA = Path(__file__).resolve().parents[1] / "data"
CHINESE = "青石港潮汐站手册\n\n潮汐站建于1932年，由水文局管理。\n\n每天早晨六点，值班员读取水尺并记入日志。\n"


def ask(page: Page, question: str) -> None:
    page.fill("#question", question)
    page.keyboard.press("Enter")
    page.wait_for_selector("article.turn:last-child .answer .meta")


def test_a_person_uploads_asks_and_opens_the_citation_at_the_quote(
    visit: Callable[..., Visit], stack: Stack, tmp_path: Path
):
    page = visit("/collections").page
    chinese = tmp_path / "潮汐站.txt"
    chinese.write_text(CHINESE)

    page.fill("[name=name]", "Keeper's own")
    page.click("text=Create")
    page.set_input_files("#files", [DATA / "guide.pdf", chinese])
    expect(page.locator("#uploads .taken")).to_have_count(2, timeout=SLOW_MS)
    expect(page.locator(".documents .chip.ready")).to_have_count(2, timeout=90_000)
    page.click("text=Ask it")
    expect(page.locator("#scope-said")).to_have_text("Keeper's own")

    ask(page, "How much oil does a clean wick burn?")
    assert "0.3 litres" in page.inner_text(".turn:last-child .lead")
    assert re.search(r"/c/[0-9a-f-]{36}$", page.url)
    page.click(".turn:last-child .sources a.source")
    expect(page.locator("mark").first).to_be_in_viewport()
    assert "0.3 litres of oil" in "".join(page.locator("article.paper mark").all_text_contents())
    wait_for(lambda: page.evaluate("document.querySelector('img.page').naturalWidth") > 500, seconds=30, why="picture")

    page.click(".hit-bar .back")
    ask(page, "潮汐站建于哪一年？")
    assert "1932" in page.inner_text(".turn:last-child .lead")
    page.click(".turn:last-child .sources a.source")
    assert "1932" in page.inner_text("article.paper mark")


def test_what_the_documents_do_not_say_is_not_answered(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page

    ask(page, "Who won the world chess championship of 1972?")

    assert page.inner_text(".verdict") == "Not found in your documents"
    page.click(".sources .source >> nth=0")
    expect(page.locator("mark").first).to_be_in_viewport()


def test_asking_works_without_javascript(browser: Browser, stack: Stack, signed_in: dict[str, object], shelf: str):
    context = browser.new_context(base_url=stack.url, java_script_enabled=False, storage_state=signed_in)
    page = context.new_page()
    page.set_default_timeout(SLOW_MS)
    page.goto("/")

    page.fill("#question", "How much oil does a clean wick burn?")
    page.click("#send")
    page.wait_for_selector(".answer .meta")

    assert "0.3 litres" in page.inner_text(".lead")
    context.close()


def test_a_thumb_down_is_given_its_reason_in_place(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page
    ask(page, "When is the lamp lit?")

    page.click("[aria-label='This is wrong']")
    page.click("text=Something is missing")
    page.click(".reasons button")

    assert page.inner_text(".thanks") == "Thank you."
    page.reload()
    expect(page.locator("[aria-label='This is wrong']")).to_have_attribute("aria-pressed", "true")


def test_a_thumb_pressed_by_key_keeps_the_focus_at_what_comes_next(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page
    ask(page, "Who won the world chess championship of 1972?")

    page.press("[aria-label='This is wrong']", "Enter")
    expect(page.get_by_label("The documents do hold the answer")).to_be_focused()
    page.keyboard.press("Space")
    page.press(".reasons button", "Enter")

    expect(page.locator("[aria-label='This is wrong']")).to_be_focused()


def test_a_conversation_opened_again_begins_at_its_last_question(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page
    for question in ("How much oil does a clean wick burn?", "When is the lamp lit?", "Who trims the wick?"):
        ask(page, question)

    page.goto(page.url)

    expect(page.locator(".turn:last-child .answer")).to_be_in_viewport(ratio=0.9)
    expect(page.locator("#question")).to_be_focused()


def test_what_is_asked_of_all_collections_is_followed_up_in_all(visit: Callable[..., Visit], shelf: str):
    page = visit(f"/?collections={shelf.rsplit('/', 1)[-1]}").page
    expect(page.locator("#scope-said")).to_have_text(SHELF)
    ask(page, "What is the boiling point of tungsten?")

    page.click("text=Search all collections")

    expect(page.locator("article.turn .answer .meta")).to_have_count(2, timeout=SLOW_MS)
    expect(page.locator("#scope-said")).to_have_text("All collections")
    assert page.locator("#scope input:checked").count() == 0


def test_a_stopped_answer_says_so_and_gives_the_question_back(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page
    page.route("**/ask/stream", lambda route: None)  # an answer that never comes

    page.fill("#question", "What cargo does the Aurora carry?")
    page.keyboard.press("Enter")
    page.click("#stop")

    expect(page.locator(".answer .state")).to_have_text("Stopped.")
    assert page.input_value("#question") == "What cargo does the Aurora carry?"


def test_a_question_typed_before_the_last_one_is_answered_waits_for_its_turn(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page

    for question in ("How much oil does a clean wick burn?", "When is the lamp lit?"):
        page.fill("#question", question)
        page.keyboard.press("Enter")

    expect(page.locator(".turn .answer .meta")).to_have_count(2)
    first, second = page.locator(".turn .answer").all_inner_texts()
    assert "0.3 litres" in first
    assert "dusk" in second
    page.reload()  # both are of one conversation
    expect(page.locator(".turn .answer .meta")).to_have_count(2)


def test_an_answer_whose_connection_breaks_is_taken_up_where_it_broke(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page
    heard: list[str] = []

    def cut_short(route: Route) -> None:
        whole = route.fetch()
        frames = whole.text().split("\n\n")
        told = next(number for number, frame in enumerate(frames) if "event: token" in frame) + 1
        heard.append(frames[told - 1].split("\n")[0].removeprefix("id: "))
        route.fulfill(response=whole, body="\n\n".join(frames[:told]) + "\n\n")

    page.route("**/ask/stream", cut_short)
    with page.expect_request("**/answers/*/stream") as taken_up:
        ask(page, "How much oil does a clean wick burn?")

    assert taken_up.value.headers["last-event-id"] == heard[0]
    assert "0.3 litres" in page.inner_text(".turn:last-child .lead")


def test_a_question_asked_after_the_session_ended_is_there_after_signing_in(visit: Callable[..., Visit], shelf: str):
    opened = visit("/")
    page = opened.page
    page.context.clear_cookies(name="sessionid")

    page.fill("#question", "When is the lamp lit?")
    page.keyboard.press("Enter")
    page.fill("[name=username]", "keeper")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")

    expect(page.locator("#question")).to_have_value("When is the lamp lit?")
    page.reload()
    expect(page.locator("#question")).to_have_value("")
    opened.complaints[:] = [text for text in opened.complaints if "401" not in text]


def test_an_answer_is_copied_where_the_browser_offers_no_clipboard(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.reload()
    expect(page.locator("#afresh")).to_be_hidden()
    ask(page, "How much oil does a clean wick burn?")

    page.click(".turn:last-child [data-action=copy]")
    expect(page.locator(".copied")).to_have_text("Copied")
    page.focus("#question")
    page.keyboard.press("Control+V")

    assert "0.3 litres" in page.input_value("#question")
    expect(page.locator(".copied")).to_have_count(0)  # said for two seconds
    page.click("#afresh a")  # a new conversation is at hand from the first answer on
    expect(page.locator(".welcome")).to_be_visible()


def test_what_is_pasted_beyond_a_questions_length_is_said_to_be_cut_off(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page
    most = int(str(page.get_attribute("#question", "maxlength")))

    page.fill("#question", "o" * (most - 1))
    expect(page.locator("#full")).to_be_hidden()
    page.focus("#question")
    page.keyboard.insert_text("il and wick")

    assert len(page.input_value("#question")) == most
    expect(page.locator("#full")).to_contain_text("is cut off")


def test_a_citation_shows_its_quote_when_pointed_at(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page
    ask(page, "How much oil does a clean wick burn?")
    card = page.locator(".turn:last-child .peek").first
    expect(card).not_to_be_visible()

    page.hover(".turn:last-child .cite a >> nth=0")

    expect(card).to_be_visible()
    assert "0.3 litres" in card.inner_text()


def test_the_number_of_a_citation_is_not_selected_with_the_answer(visit: Callable[..., Visit], shelf: str):
    page = visit("/").page
    ask(page, "How much oil does a clean wick burn?")
    assert page.inner_text(".turn:last-child .cite .number") == "1"

    page.evaluate("getSelection().selectAllChildren(document.querySelector('.turn:last-child .lead'))")

    selected = page.evaluate("getSelection().toString()").rstrip()
    assert "0.3 litres" in selected
    assert selected[-1].isalpha()


def test_files_chosen_before_the_page_is_ready_for_them_are_sent_once_it_is(
    visit: Callable[..., Visit], shelf: str, tmp_path: Path
):
    page, held = visit("/").page, list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/upload*.js", hold)
    (tmp_path / "quick.txt").write_text("The gull is fed at noon.")

    page.goto(shelf, wait_until="commit")
    page.set_input_files("#files", tmp_path / "quick.txt")
    wait_for(lambda: page.wait_for_timeout(20) or held, seconds=30, why="the script is asked for")
    held[0].continue_()

    expect(page.locator("#uploads .taken")).to_have_count(1)


def test_a_refused_file_is_refused_by_name_and_the_others_go_on(
    visit: Callable[..., Visit], shelf: str, tmp_path: Path
):
    opened = visit(shelf)
    page = opened.page
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "program.exe").write_bytes(b"MZ" + b"\0" * 64)
    (tmp_path / "note.txt").write_bytes(b"The bell is rung at noon.")

    page.set_input_files("#files", [tmp_path / "empty.txt", tmp_path / "program.exe", tmp_path / "note.txt"])

    expect(page.locator("#uploads .refused")).to_have_count(2)
    expect(page.locator("#uploads .taken")).to_have_count(1)
    expect(page.locator("#uploaded")).to_have_text("3 of 3 files sent · 2 refused")
    expect(page.locator("#uploads li").last).to_have_class("taken")  # what went wrong is read first
    expect(page.locator(".documents tr:has-text('note.txt') .chip.ready")).to_be_visible(timeout=90_000)
    opened.complaints[:] = [text for text in opened.complaints if "Failed to load resource" not in text]


READS_COME_LATE = """() => {
  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (...how) { this.isRead = how[0] === "GET"; open.apply(this, how); };
  XMLHttpRequest.prototype.send = function (body) {
    const heard = this.onload;
    if (this.isRead) this.onload = (event) => setTimeout(() => heard.call(this, event), 1000);
    send.call(this, body);
  };
}"""


def test_every_file_is_in_the_table_however_slowly_the_table_comes(
    visit: Callable[..., Visit], shelf: str, tmp_path: Path
):
    page = visit(shelf).page
    page.evaluate(READS_COME_LATE)  # the table is asked for once more before the first one is there
    for hour in ("one", "two"):
        (tmp_path / f"bell-{hour}.txt").write_text(f"The bell is rung at {hour}.")

    page.set_input_files("#files", [tmp_path / "bell-one.txt", tmp_path / "bell-two.txt"])

    for hour in ("one", "two"):
        row = page.locator(f".documents tr:has-text('bell-{hour}.txt')")
        expect(row.locator(".chip.ready")).to_be_visible(timeout=90_000)


def test_a_wrong_password_is_refused_with_a_sentence(browser: Browser, stack: Stack):
    page = browser.new_context(base_url=stack.url).new_page()
    page.goto("/history")
    page.fill("[name=username]", "mei")
    page.fill("[name=password]", "not this one")
    page.click("main button")
    assert "wrong" in page.inner_text("[role=alert]")

    assert page.input_value("[name=username]") == "mei"
    page.fill("[name=password]", PASSWORD)
    page.click("main button")

    assert page.url == f"{stack.url}/history"
    page.context.close()
