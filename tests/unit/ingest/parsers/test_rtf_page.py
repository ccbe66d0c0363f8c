"""Pages that Outlook wrapped into RTF: every mark and letter of the page, none of the RTF's own."""

from __future__ import annotations

import random

from ingest.parsers.builder import DocumentBuilder
from ingest.parsers.rtf import add_rtf
from ingest.parsers.rtf_page import holds_page, unwrapped

HEAD = rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\*\generator Outlook;}"
PAGE = (
    HEAD
    + rb"{\*\htmltag19 <html>}{\*\htmltag50 <body>}"
    + rb"\htmlrtf {\b \htmlrtf0 {\*\htmltag84 <b>}Times{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0 "
    + rb"{\*\htmltag72 <p>}\htmlrtf \par in print\htmlrtf0 Caf\'e9 \u8211 ? 5\u8364?"
    + rb"{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 a day"
    + rb"{\*\htmltag80 </p>}{\*\htmltag58 </body>}{\*\htmltag27 </html>}}"
)


def said(content: bytes) -> str:
    builder = DocumentBuilder(max_chars=10_000)
    add_rtf(builder, content)
    return builder.build(media_type="application/rtf").text


def test_the_page_is_given_without_what_is_only_for_print() -> None:
    assert unwrapped(PAGE) == ("<html><body><b>Times</b><p>Caf\u00e9 &#8211; 5&#8364;&nbsp;a day</p></body></html>")


def test_it_is_read_as_a_page_is() -> None:
    assert said(PAGE) == "Times\n\nCaf\u00e9 \u2013 5\u20ac a day"


def test_two_bytes_a_letter_are_read_by_the_page_s_code() -> None:
    content = (
        rb"{\rtf1\ansi\ansicpg950\fromhtml1 {\*\htmltag64 <p>}"
        + "".join(f"\\'{byte:02x}" for byte in "\u4e2d\u6587".encode("cp950")).encode()
    )

    assert said(content + b"}") == "\u4e2d\u6587"


def test_the_halves_of_a_letter_are_joined() -> None:
    assert said(HEAD + rb"{\*\htmltag64 <p>}Good \u-10179?\u-8704?}") == "Good \U0001f600"


def test_other_rich_text_holds_no_page() -> None:
    assert not holds_page(rb"{\rtf1\ansi\fromtext Hello}")
    assert holds_page(PAGE)


def test_a_damaged_page_ends() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        broken = bytearray(PAGE[: chance.randrange(len(PAGE))])
        for _ in range(10):
            if broken:
                broken[chance.randrange(len(broken))] = chance.choice(b"{}\\'u*\xff0")
        unwrapped(bytes(broken))
