"""The report's page is well-formed and marks what does not hold."""

from lxml import etree

from locustfiles.page import page, plot


def test_a_plot_is_well_formed_whatever_it_shows():
    for series in ({"a < b": [(0, 1), (1, 3)]}, {"nothing": []}, {"zero": [(0, 0)]}):
        assert etree.fromstring(plot("A & B", series, unit="ms")).tag.endswith("svg")


def test_what_does_not_hold_is_marked():
    checks = [{"what": "errors", "holds": True}, {"what": "<rate>", "holds": False}]

    shown = page(title="t", rows=[{"users": 1}], checks=checks, plots=[])

    assert shown.count('class="broken"') == 1
    assert "&lt;rate&gt;" in shown
