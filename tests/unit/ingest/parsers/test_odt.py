"""ODT: titles and lists as their styles show them, tables with their heads, footnotes at the end."""

from __future__ import annotations

import io
import zipfile

from .conftest import Parse

NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table", "style")
)
NUMBERED = '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" {}/></text:list-style>'


def written(body: str, *, styles: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f"<office:document-content {NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
        )
    return file.getvalue()


def cells(*texts: str, more: str = "") -> str:
    return "".join(f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>" for text in texts)


def test_a_paragraph_in_the_style_of_titles_is_the_title(parse: Parse) -> None:
    style = '<style:style style:name="P1" style:parent-style-name="Title"/>'
    body = '<text:p text:style-name="P1">The book</text:p><text:h text:outline-level="1">One</text:h>'

    document = parse(written(body, styles=style), "a.odt")

    assert [section.path for section in document.sections] == [("The book",), ("The book", "One")]


def test_a_numbered_list_has_its_numbers(parse: Parse) -> None:
    style = NUMBERED.format('style:num-format="a" style:num-suffix=")"')
    items = "".join(f"<text:list-item><text:p>{text}</text:p></text:list-item>" for text in ("Fill", "Wind"))
    inner = (
        "<text:list-item><text:list><text:list-item><text:p>Oil</text:p></text:list-item></text:list></text:list-item>"
    )
    lists = f'<text:list text:style-name="L1">{items}{inner}</text:list>'
    more = f'<text:list text:style-name="L1" text:continue-numbering="true">{items}</text:list>'

    text = parse(written(f"{lists}{more}", styles=style), "a.odt").text

    assert text == "a) Fill\nb) Wind\n  - Oil\nc) Fill\nd) Wind"


def test_a_table_keeps_its_head_and_the_cells_that_span(parse: Parse) -> None:
    covered = "<table:covered-table-cell/>"
    top = cells("Item", more='table:number-rows-spanned="2"') + cells("Calf", more='table:number-columns-spanned="2"')
    contents = (f"{top}{covered}", f"{covered}{cells('young', 'old')}", cells("Days", "360", "120"))
    above, below, body = (f"<table:table-row>{row}</table:table-row>" for row in contents)
    head = f"{above}{below}"

    document = parse(
        written(f"<table:table><table:table-header-rows>{head}</table:table-header-rows>{body}</table:table>"), "a.odt"
    )

    assert document.text == "Item | Calf young | Calf old\nItem: Days | Calf young: 360 | Calf old: 120"


def test_a_footnote_stands_at_the_end(parse: Parse) -> None:
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>Of 1887.</text:p></text:note-body></text:note>"
    )

    assert parse(written(f"<text:p>The lamp{note} burns.</text:p>"), "a.odt").text == "The lamp burns.\n\n[1] Of 1887."
