"""PPTX: slides are pages, titles headings; tables, charts and notes are read."""

from __future__ import annotations

import io

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.presentation import Presentation
from pptx.slide import Slide

from ingest.errors import NoText

from .conftest import Parse


def saved(slides: Presentation) -> bytes:
    file = io.BytesIO()
    slides.save(file)
    return file.getvalue()


def titled(slides: Presentation, title: str) -> Slide:
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    slide.shapes.title.text = title
    return slide


@pytest.fixture
def slides() -> Presentation:
    return pptx.Presentation()


def test_each_slide_is_a_page_named_by_its_title(parse: Parse, slides: Presentation) -> None:
    for title in ("One", "Two"):
        titled(slides, title)

    document = parse(saved(slides), "a.pptx")

    assert [(page.number, page.label) for page in document.pages] == [(1, "One"), (2, "Two")]
    assert [section.path for section in document.sections] == [("One",), ("Two",)]


def test_slides_come_in_the_order_they_are_shown(parse: Parse, slides: Presentation) -> None:
    for title in ("First made", "Second made"):
        titled(slides, title)
    listed = slides.slides._sldIdLst
    listed.append(listed[0])

    assert parse(saved(slides), "a.pptx").text == "Second made\n\nFirst made"


def test_text_in_groups_is_read(parse: Parse, slides: Presentation) -> None:
    group = titled(slides, "T").shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 9999, 9999).text_frame.text = "inside"

    assert parse(saved(slides), "a.pptx").text == "T\n\ninside"


def test_a_chart_is_a_table_of_its_figures(parse: Parse, slides: Presentation) -> None:
    figures = CategoryChartData()
    figures.categories = ["May", "June"]
    figures.add_series("Oil", (120, 98.5))
    figures.add_series("Wick", (3, 4))
    titled(slides, "T").shapes.add_chart(XL_CHART_TYPE.LINE, 0, 0, 999999, 999999, figures)

    text = parse(saved(slides), "a.pptx").text

    assert "Oil | Wick\nMay | Oil: 120 | Wick: 3\nJune | Oil: 98.5 | Wick: 4" in text


def test_a_chart_of_one_series_names_its_figures(parse: Parse, slides: Presentation) -> None:
    figures = CategoryChartData()
    figures.categories = ["May"]
    figures.add_series("Oil", (120,))
    titled(slides, "T").shapes.add_chart(XL_CHART_TYPE.LINE, 0, 0, 999999, 999999, figures)

    assert "Oil\nMay | Oil: 120" in parse(saved(slides), "a.pptx").text


def test_a_wide_name_stands_before_those_below_it(parse: Parse, slides: Presentation) -> None:
    table = titled(slides, "T").shapes.add_table(4, 3, 0, 0, 9999, 9999).table
    rows = (("", "Calf", ""), ("", "young", "old"), ("Days", "360", "120"), ("", "309", "138"))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(2, 0).merge(table.cell(3, 0))

    assert parse(saved(slides), "a.pptx").text == (
        "T\n\nCalf young | Calf old\nDays | Calf young: 360 | Calf old: 120\nDays | Calf young: 309 | Calf old: 138"
    )


def test_bullets_and_numbers_of_a_text_box_make_a_list(parse: Parse, slides: Presentation) -> None:
    frame = titled(slides, "T").shapes.add_textbox(0, 0, 9999, 9999).text_frame
    frame.text = "Steps"
    for text, mark in (("Fill", "buAutoNum"), ("Wind", "buAutoNum"), ("Oil", "buChar")):
        paragraph = frame.add_paragraph()
        paragraph.text = text
        paragraph._p.get_or_add_pPr().append(parse_xml(f'<a:{mark} {nsdecls("a")} type="arabicPeriod" char="•"/>'))

    assert parse(saved(slides), "a.pptx").text == "T\n\nSteps\n\n1. Fill\n2. Wind\n- Oil"


def test_slides_of_pictures_have_no_text(parse: Parse, slides: Presentation) -> None:
    slides.slides.add_slide(slides.slide_layouts[6])

    with pytest.raises(NoText, match="slides"):
        parse(saved(slides), "a.pptx")
