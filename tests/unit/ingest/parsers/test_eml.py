"""E-mail: who, when, what; attachments by name, and their text where they are text."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from ingest.errors import CorruptSource

from .conftest import Parse

HEAD = "From: ada@example.org\nTo: bob@example.org\nSubject: Oil\nDate: Mon, 05 Jan 2026 08:00:00 +0000\n"


def test_a_message_is_its_subject_people_and_text(parse: Parse) -> None:
    document = parse(f"{HEAD}\nThe oil is here.\n", "a.eml")

    assert document.title == "Oil"
    assert document.text == (
        "Oil\n\nFrom: ada@example.org\nTo: bob@example.org\nDate: Mon, 05 Jan 2026 08:00:00 +0000\n\nThe oil is here."
    )


def test_encoded_words_are_decoded(parse: Parse) -> None:
    assert parse("Subject: =?utf-8?b?5pel5pys?= =?iso-8859-1?q?caf=E9?=\n\nx", "a.eml").title == "日本café"


def test_a_charset_is_honoured(parse: Parse) -> None:
    head = b"Subject: x\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: 8bit\n\n"

    assert "маяк" in parse(head + "маяк".encode("koi8_r"), "a.eml").text


def test_the_page_is_read_when_the_plain_text_says_nothing(parse: Parse) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("See HTML.")
    message.add_alternative("<p>The whole story.</p>", subtype="html")

    assert "The whole story." in parse(message.as_bytes(), "a.eml").text


def test_an_attachment_is_named_without_its_folders(parse: Parse) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("Attached.")
    message.add_attachment(b"\0", maintype="application", subtype="x", filename="../../etc/plan.bin")

    text = parse(message.as_bytes(), "a.eml").text

    assert "- Attachment: plan.bin" in text
    assert ".." not in text


@pytest.mark.parametrize(
    ("name", "subtype", "content", "expected"),
    [
        ("notes.txt", "plain", "Note this.", "Note this."),
        ("notes.md", "markdown", "*Note* this.", "Note this."),
        ("ships.csv", "csv", "Ship,Port,Cargo\nPerla,Lisboa,cork\n", "Ship: Perla | Port: Lisboa | Cargo: cork"),
        ("page.html", "html", "<p>Note this.</p>", "Note this."),
    ],
)
def test_an_attached_text_is_read(parse: Parse, name: str, subtype: str, content: str, expected: str) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("Attached is what you asked for, with my best wishes.")
    message.add_attachment(content, subtype=subtype, filename=name)

    document = parse(message.as_bytes(), "a.eml")

    assert expected in document.text
    assert document.sections[-1].path == ("x", name)


@pytest.mark.parametrize(("content", "read"), [(rb"{\rtf1\ansi The {\b plan}.}", True), (rb"{\rtf1 \u", False)])
def test_attached_rich_text_is_read_and_a_broken_one_costs_itself_alone(
    parse: Parse, content: bytes, read: bool
) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("Attached.")
    message.add_attachment(content, maintype="text", subtype="rtf", filename="plan.rtf")

    text = parse(message.as_bytes(), "a.eml").text

    assert ("The plan." in text) is read
    assert text.endswith("- Attachment: plan.rtf")


def test_a_page_without_a_head_is_read_by_the_message_s_charset(parse: Parse) -> None:
    head = b"Subject: x\nContent-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: 8bit\n\n"

    assert "маяк" in parse(head + "<p>маяк</p>".encode("koi8_r"), "a.eml").text


def test_a_forwarded_message_is_read(parse: Parse) -> None:
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("The first letter said so.")
    outer = EmailMessage()
    outer["Subject"] = "outer"
    outer.add_attachment(inner)

    assert "The first letter said so." in parse(outer.as_bytes(), "a.eml").text


def test_a_forwarded_message_follows_the_words_it_was_sent_with(parse: Parse) -> None:
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "inner", "eve@example.org"
    inner.set_content("Forty barrels arrive on Monday.")
    outer = EmailMessage()
    outer["Subject"] = "outer"
    outer.set_content("See below what was said about the oil.")
    outer.add_attachment(inner)

    document = parse(outer.as_bytes(), "a.eml")

    assert document.text.endswith("the oil.\n\ninner\n\nFrom: eve@example.org\n\nForty barrels arrive on Monday.")
    assert document.sections[-1].path == ("outer", "inner")


def test_a_message_in_utf16_is_read(parse: Parse) -> None:
    assert parse(f"{HEAD}\nWide words.".encode("utf-16"), "a.eml").title == "Oil"


def test_a_file_without_headers_is_no_message(parse: Parse) -> None:
    with pytest.raises(CorruptSource, match="no message"):
        parse("\n\njust text", "a.eml")
