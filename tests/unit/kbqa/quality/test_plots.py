"""The pictures are well-formed, safe and carry their figures."""

from lxml import etree

from kbqa.quality.plots import Bar, bars_svg, latency_svg, reliability_svg, risk_coverage_svg, standalone


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


def test_bars_say_their_share_and_their_interval():
    svg = bars_svg([Bar("right <b>", 0.5, 0.25, 0.75)], title="shares")

    assert "right &lt;b&gt;" in svg
    assert ">50 %</text>" in svg
    assert 'd="M230.0 17.0H390.0' in svg


def test_the_slowest_answer_stands_at_the_top_of_the_curve():
    svg = latency_svg([10.0, 20.0, 35.0], title="time")

    assert ">40</text>" in svg  # the scale's end
    assert "L328.0 48.0" in svg  # 35 of 40, all answered


def test_a_picture_brings_its_style_only_where_it_stands_alone():
    svg = bars_svg([Bar("right", 0.5, 0.4, 0.6)], title="shares")

    assert "<style>" not in svg
    assert "prefers-color-scheme:dark" in standalone(svg)
