"""The pictures are well-formed, safe and carry their figures."""

from lxml import etree

from kbqa.quality.plots import reliability_svg, risk_coverage_svg


def test_plots_are_svg_with_the_title_escaped():
    for svg in (
        reliability_svg([(0.2, 0.1, 5), (0.9, 0.95, 20)], title="<set>"),
        risk_coverage_svg([(0.5, 0.0), (1.0, 0.25)], title="<set>"),
        risk_coverage_svg([], title="<set>"),
    ):
        assert etree.fromstring(svg).get("aria-label") == "<set>"


def test_each_bin_is_a_dot_that_says_its_figures():
    svg = reliability_svg([(0.2, 0.1, 5), (0.9, 0.95, 20)], title="set")

    assert svg.count("<circle") == 2
    assert "said 0.90, right 0.95, 20 cases" in svg
