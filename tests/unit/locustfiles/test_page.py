"""The report's page marks what does not hold; its plots are well-formed as SVG and the same picture as PNG."""

from io import BytesIO

import pytest
from lxml import etree
from PIL import Image

from locustfiles.drawing import as_png, as_svg, layout
from locustfiles.page import page

SERIES = [{"a < b": [(0, 1), (1, 3)]}, {"nothing": []}, {"zero": [(0, 0)]}]


@pytest.mark.parametrize("series", SERIES)
def test_a_plot_is_well_formed_whatever_it_shows(series):
    drawn = layout("A & B", series, unit="ms", until=1, marks=[(0.5, "<killed>")])

    assert etree.fromstring(as_svg(drawn)).tag.endswith("svg")
    assert Image.open(BytesIO(as_png(drawn))).size == tuple(2 * side for side in drawn.size)


def test_a_png_shows_the_lines_of_the_plot():
    drawn = layout("A", {"a": [(0, 1), (1, 1)]}, unit="ms", until=1)

    colours = {colour for _, colour in Image.open(BytesIO(as_png(drawn))).getcolors(10**6)}

    assert (0x2F, 0x5B, 0xD7) in colours


def test_what_does_not_hold_is_marked():
    checks = [{"what": "errors", "holds": True}, {"what": "<rate>", "holds": False}]

    shown = page(title="t", machine="m", rows=[{"users": 1}], checks=checks, figures={"hits": 0.5}, plots=[])

    assert shown.count('<tr class="broken"') == 1
    assert "1 of 2 broken" in shown
    assert "&lt;rate&gt;" in shown
