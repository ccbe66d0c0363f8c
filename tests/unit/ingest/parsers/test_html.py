"""HTML: what a reader of the page sees, and nothing else."""

from __future__ import annotations

import time

import pytest

from ingest.errors import NoText
from ingest.parsers.html import nesting_depth

from .conftest import Parse


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>secret()</script>",
        "<style>.secret{}</style>",
        "<template><p>secret</p></template>",
        "<p hidden>secret</p>",
        '<p style="display: none">secret</p>',
        '<span style="font-size:0">secret</span>',
        '<span style="opacity:0.0">secret</span>',
        '<div aria-hidden="true">secret</div>',
        "<!-- secret -->",
        "<nav>secret</nav>",
        "<svg><title>secret</title><style>.secret{}</style></svg>",
        "<footer>secret</footer>",
        "<select><option>secret</option></select>",
    ],
)
def test_what_is_not_shown_is_not_text(parse: Parse, hidden: str) -> None:
    assert parse(page(f"<p>shown</p>{hidden}"), "a.html").text == "shown"


@pytest.mark.parametrize("style", ["opacity:0.5", "font-size:0.9em", "color:red"])
def test_what_is_small_or_pale_is_still_text(parse: Parse, style: str) -> None:
    assert parse(page(f'<p style="{style}">shown</p>'), "a.html").text == "shown"


def test_words_in_a_drawing_are_lines_of_a_paragraph(parse: Parse) -> None:
    body = "<svg><text>The lamp of the light-</text><text>house is <tspan>lit</tspan></text></svg>"

    assert parse(page(body), "a.html").text == "The lamp of the lighthouse is lit"


@pytest.mark.parametrize("name", ["noprint", "mw-editsection", "mw-cite-backlink", "footnote-backref"])
def test_what_a_page_has_for_its_screen_alone_is_left_out(parse: Parse, name: str) -> None:
    tool = f'<span class="{name}">tool</span>'
    body = f"<p>One {tool}wick burns for four hours.</p><h2>Oil{tool}</h2><ol><li>{tool}Byron, 1843.</li></ol>"

    assert parse(page(body), "a.html").text == "One wick burns for four hours.\n\nOil\n\n1. Byron, 1843."


def test_a_head_of_several_rows_names_each_column_from_the_top_down(parse: Parse) -> None:
    head = "<tr><th colspan=3>Diets<tr><th rowspan=2>Item<th colspan=2>Calf<tr><th>young<th>old"
    body = f"<table>{head}<tr><td>Days<td>360<td>120<tr><td>Corn<td>309<td>138</table>"

    assert parse(page(body), "a.html").text == (
        "Diets\n\nItem | Calf young | Calf old\n"
        "Item: Days | Calf young: 360 | Calf old: 120\nItem: Corn | Calf young: 309 | Calf old: 138"
    )


def test_words_in_a_drawing_are_parted_by_their_places(parse: Parse) -> None:
    lines = [
        (13, 0, "The lamp is "),
        (40, 0, "lit"),
        (0, 15, "every even-"),
        (0, 30, "ing."),
        (13, 45, "Good."),
    ]
    runs = "".join(f'<tspan x="{x},{x + 5}" y="{y}">{words}</tspan>' for x, y, words in lines)
    body = f'<svg><text transform="matrix(1 0 0 1 56.7 104.6)">{runs}</text></svg>'

    assert parse(page(body), "a.html").text == "The lamp is lit every evening.\n\nGood."


def test_a_lowered_letter_in_a_drawing_stays_in_its_line(parse: Parse) -> None:
    body = '<svg><text x="5" y="9">H<tspan dy="3">2</tspan>O</text><text x="40" y="9">is wet</text></svg>'

    assert parse(page(body), "a.html").text == "H2O is wet"


def test_inline_marks_do_not_part_words(parse: Parse) -> None:
    assert parse(page("<p>H<sub>2</sub>O is <b>wet</b>, <i>very</i></p>"), "a.html").text == "H2O is wet, very"


def test_blocks_part_paragraphs(parse: Parse) -> None:
    assert parse(page("<div>one<p>two</p>three</div>four<br>five"), "a.html").text == "one\n\ntwo\n\nthree\n\nfour five"


def test_lists_nest(parse: Parse) -> None:
    body = "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul><ol><li>one</li><li>two</li></ol>"

    assert parse(page(body), "a.html").text == "- a\n  - b\n- c\n1. one\n2. two"


def test_headings_are_sections(parse: Parse) -> None:
    document = parse(page("<h1>A</h1><p>x</p><h2>B <em>b</em></h2><p>y</p>"), "a.html")

    assert [section.path for section in document.sections] == [("A",), ("A", "B b")]


def test_a_table_is_rows(parse: Parse) -> None:
    body = "<table><caption>Ships</caption><tr><th>Name<th>Port<tr><td>Aurora<td>Bergen</table>"

    assert parse(page(body), "a.html").text == "Ships\n\nName | Port\nName: Aurora | Port: Bergen"


def test_cells_that_span_keep_the_columns(parse: Parse) -> None:
    body = (
        "<table><tr><th>Ship<th>Port<th>Cargo</tr><tr><td rowspan=2>Aurora<td colspan='2'>Bergen</tr>"
        "<tr><td>Oslo<td>salt</tr><tr><td>Fram<td>Narvik<td>ore</tr></table>"
    )

    assert parse(page(body), "a.html").text.split("\n")[1:] == [
        "Ship: Aurora | Port: Bergen",
        "Ship: Aurora | Port: Oslo | Cargo: salt",
        "Ship: Fram | Port: Narvik | Cargo: ore",
    ]


@pytest.mark.parametrize("span", ["0", "-1", "x", "9" * 30])
def test_a_span_that_means_nothing_does_no_harm(parse: Parse, span: str) -> None:
    assert "b" in parse(page(f"<table><tr><td rowspan={span} colspan={span}>a<td>b</tr></table>"), "a.html").text


def test_a_table_that_lays_out_the_page_is_not_a_table(parse: Parse) -> None:
    inner = "<table><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>"

    document = parse(page(f"<table><tr><td>menu</td><td>{inner}</td></tr></table>"), "a.html")

    assert len(document.tables) == 1
    assert document.text.startswith("menu")


def test_the_main_part_is_taken_when_there_is_one(parse: Parse) -> None:
    main = "word " * 120

    assert parse(page(f"<div>menu</div><main>{main}</main><div>advert</div>"), "a.html").text == main.strip()


@pytest.mark.parametrize("name", ["vector-dropdown", "main-menu", "navbar", "breadcrumbs", "cookie-banner"])
def test_what_its_class_calls_a_menu_is_left_out(parse: Parse, name: str) -> None:
    body = f'<p>{"word " * 50}</p><div class="x {name}"><ul><li>Home</li></ul></div>'

    assert "Home" not in parse(page(body), "a.html").text


def test_a_page_that_is_all_menu_is_kept(parse: Parse) -> None:
    assert parse(page('<div class="has-menu"><p>All of it.</p></div>'), "a.html").text == "All of it."


def test_the_title_is_the_heads(parse: Parse) -> None:
    assert parse(page("<h1>Heading</h1>", head="<title>Declared</title>"), "a.html").title == "Declared"
    assert parse(page("<h1>Heading</h1>"), "a.html").title == "Heading"


def test_the_declared_encoding_is_used(parse: Parse) -> None:
    content = page("<p>ёж</p>", head='<meta charset="koi8-r">').encode("koi8_r")

    assert parse(content, "a.html").text == "ёж"


def test_preformatted_text_keeps_its_lines(parse: Parse) -> None:
    assert parse(page("<pre>a\n  b</pre>"), "a.html").text == "a\n  b"


def test_a_page_of_pictures_has_no_text(parse: Parse) -> None:
    with pytest.raises(NoText, match="page"):
        parse(page('<img src="a.png">'), "a.html")


def test_entities_are_characters(parse: Parse) -> None:
    assert parse(page("<p>fish &amp; chips &lt;3</p>"), "a.html").text == "fish & chips <3"


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["div", "span", "b", "table><tr><td", "ul><li", "blockquote"])
def test_deep_nesting_is_read_in_linear_time(parse: Parse, tag: str) -> None:
    deep = page(f"<{tag}>" * 40_000 + "the core")

    began = time.process_time()
    document = parse(deep, "a.html")

    assert "the core" in document.text
    assert time.process_time() - began < 3.0


def test_depth_is_counted_without_building_a_tree() -> None:
    assert nesting_depth("<div><div><p>x<p>y<br></div></div><div></div>") == 2
