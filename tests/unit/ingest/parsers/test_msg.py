"""Outlook messages: made property by property, as Outlook keeps them; and damaged ones."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import compressed_rtf
import pytest

from ingest import sniff
from ingest.config import IngestConfig
from ingest.errors import CorruptSource, IngestError, NoText
from ingest.parsers.base import ParserContext
from ingest.parsers.msg import parse
from ingest.types import ParsedDocument, Source
from tests.old_files import msg_attachment, msg_properties, msg_texts, msg_time
from tests.ole_file import Tree, ole_file

NOON = msg_time(datetime(2024, 3, 1, 12, tzinfo=UTC))


def message(body: str = "The bell is rung at noon.", **more: bytes | Tree) -> dict[str, bytes | Tree]:
    said = {0x0037: "The bell", 0x0C1A: "Ada", 0x5D01: "ada@example.org", 0x0E04: "Bo; Cy", 0x1000: body}
    return {"__properties_version1.0": msg_properties((0x0039, 0x0040, NOON)), **msg_texts(said), **more}


def parsed(tree: Tree, tmp_path: Path) -> ParsedDocument:
    path = tmp_path / "mail.msg"
    path.write_bytes(ole_file(tree))
    assert sniff.sniff(path, name="mail.msg") == sniff.MSG
    return parse(Source(path=path, name=path.name, media_type=sniff.MSG), ParserContext(config=IngestConfig()))


def test_a_message_is_read_as_an_e_mail_is(tmp_path: Path) -> None:
    document = parsed(message(), tmp_path)

    assert document.title == "The bell"
    assert document.text == (
        "The bell\n\nFrom: Ada <ada@example.org>\nTo: Bo; Cy\nDate: Fri, 01 Mar 2024 12:00:00 +0000\n\n"
        "The bell is rung at noon."
    )


def test_older_strings_are_read_by_the_message_s_code_page(tmp_path: Path) -> None:
    kept = {
        "__properties_version1.0": msg_properties((0x3FDE, 3, 950)),
        **msg_texts({0x0037: "格式測試", 0x1000: "陳奎良高票當選。"}, encoding="cp950"),
    }

    assert parsed(kept, tmp_path).text == "格式測試\n\n陳奎良高票當選。"


def test_a_page_is_read_where_there_is_no_plain_text(tmp_path: Path) -> None:
    page = b"<html><body><h2>Times</h2><p>Rung at <b>noon</b>.</p></body></html>"

    text = parsed(message("", **{"__substg1.0_10130102": page}), tmp_path).text

    assert text.endswith("Times\n\nRung at noon.")


def test_rich_text_is_read_where_there_is_nothing_else(tmp_path: Path) -> None:
    rich = compressed_rtf.compress(rb"{\rtf1\ansi Rung at {\b noon}.\par And at six.}")

    text = parsed(message("", **{"__substg1.0_10090102": rich}), tmp_path).text

    assert text.endswith("Rung at noon.\n\nAnd at six.")


def test_damaged_rich_text_costs_the_body_alone(tmp_path: Path) -> None:
    rich = compressed_rtf.compress(rb"{\rtf1\ansi Rung at noon.}")

    text = parsed(message("", **{"__substg1.0_10090102": rich[:-3] + b"xyz"}), tmp_path).text

    assert text.startswith("The bell\n\nFrom: Ada")


def test_a_page_is_read_by_the_message_s_code_page(tmp_path: Path) -> None:
    kept = {
        "__properties_version1.0": msg_properties((0x3FDE, 3, 1251)),
        **msg_texts({0x0037: "Колокол"}),
        "__substg1.0_10130102": "<p>Звонят в полдень.</p>".encode("cp1251"),
    }

    assert parsed(kept, tmp_path).text == "Колокол\n\nЗвонят в полдень."


def test_a_page_that_names_another_encoding_than_its_property_s_is_read(tmp_path: Path) -> None:
    page = '<html><head><meta charset="big5"></head><body><p>當選</p></body></html>'
    kept = {
        "__properties_version1.0": msg_properties((0x3FDE, 3, 950)),
        **msg_texts({0x0037: "格式", 0x1013: page}, encoding="cp950"),
    }

    assert parsed(kept, tmp_path).text == "格式\n\n當選"


def test_people_have_their_addresses(tmp_path: Path) -> None:
    def person(name: str, address: str, kind: int) -> Tree:
        return {
            "__properties_version1.0": msg_properties((0x0C15, 3, kind), head=8),
            **msg_texts({0x3001: name, 0x39FE: address}),
        }

    text = parsed(
        message(
            **{
                "__recip_version1.0_#00000000": person("Bo", "bo@example.org", 1),
                "__recip_version1.0_#00000001": person("'cy@example.org'", "cy@example.org", 1),
                "__recip_version1.0_#00000002": person("Di", "/O=HALL/CN=DI", 2),
                "__recip_version1.0_#00000003": person("Nobody", "unseen@example.org", 3),
            }
        ),
        tmp_path,
    ).text

    assert "To: Bo <bo@example.org>, cy@example.org\nCc: Di\nDate:" in text
    assert "unseen" not in text


def test_an_attachment_without_a_type_is_known_by_its_name(tmp_path: Path) -> None:
    attached = msg_attachment("times.csv", b"Ship,Port\nAurora,Bergen\n", mime="")

    text = parsed(message(**{"__attach_version1.0_#00000000": attached}), tmp_path).text

    assert "times.csv\n\nShip | Port\nAurora | Bergen\n\n- Attachment: times.csv" in text


def test_a_signed_message_is_read(tmp_path: Path) -> None:
    signed = (
        b'Content-Type: multipart/signed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
        b"Signed at noon.\r\n--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx\r\n--b--\r\n"
    )
    attached = msg_attachment("smime.p7m", signed, mime="multipart/signed")

    text = parsed(message("", **{"__attach_version1.0_#00000000": attached}), tmp_path).text

    assert "Signed at noon." in text


def test_attached_texts_are_read_others_named_and_messages_follow(tmp_path: Path) -> None:
    inner = {
        "__properties_version1.0": msg_properties(head=24),
        **msg_texts({0x0037: "Older", 0x1000: "It was rung at one."}),
    }
    text = parsed(
        message(
            **{
                "__attach_version1.0_#00000000": msg_attachment("times.txt", b"Also at six."),
                "__attach_version1.0_#00000001": msg_attachment("..\\bell.png", b"\x89PNG", mime="image/png"),
                "__attach_version1.0_#00000002": {
                    "__properties_version1.0": msg_properties(head=8),
                    "__substg1.0_3701000D": inner,
                },
            }
        ),
        tmp_path,
    ).text

    assert "times.txt\n\nAlso at six." in text
    assert "- Attachment: bell.png" in text
    assert text.endswith("Older\n\nIt was rung at one.")


def test_an_empty_message_has_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoText):
        parsed({"__properties_version1.0": msg_properties(), **msg_texts({0x0037: "-", 0x1000: " "})}, tmp_path)


@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_message_ends_in_a_document_or_a_sentence(seed: int, tmp_path: Path) -> None:
    whole = ole_file(message(**{"__attach_version1.0_#00000000": msg_attachment("times.txt", b"Also at six." * 900)}))
    chance = random.Random(seed)
    broken = bytearray(whole[: chance.randrange(600, len(whole))] if seed % 2 else whole)
    for _ in range(60):
        broken[chance.randrange(8, len(broken))] = chance.randrange(256)
    path = tmp_path / "mail.msg"
    path.write_bytes(bytes(broken))

    with suppress(IngestError):
        parse(Source(path=path, name=path.name, media_type=sniff.MSG), ParserContext(config=IngestConfig()))


def test_what_is_no_container_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "mail.msg"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)

    with pytest.raises(CorruptSource, match="damaged"):
        parse(Source(path=path, name=path.name, media_type=sniff.MSG), ParserContext(config=IngestConfig()))
