"""The run as one page: the table beside the design's, what was asserted, and plots over time as SVG."""

from collections.abc import Mapping, Sequence
from html import escape

Point = tuple[float, float]

_WIDTH, _HEIGHT, _LEFT, _BELOW = 640, 180, 56, 24
_COLOURS = ("#2f5bd7", "#c2410c", "#15803d", "#7c3aed")
_STYLE = (
    "body{font:15px system-ui,sans-serif;max-width:720px;margin:2rem auto;color:#222}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.3rem .5rem;text-align:right}"
    "td:first-child,th:first-child{text-align:left}.broken{color:#b91c1c;font-weight:600}svg{margin:1rem 0}"
)


def plot(title: str, series: Mapping[str, Sequence[Point]], *, unit: str) -> str:
    """Lines over seconds, from zero, with a legend."""
    points = [point for line in series.values() for point in line]
    right, top = max((x for x, _ in points), default=1) or 1, max((y for _, y in points), default=1) or 1
    lines = "".join(
        f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="'
        + " ".join(f"{_LEFT + x / right * _WIDTH:.1f},{20 + _HEIGHT * (1 - y / top):.1f}" for x, y in line)
        + f'"/><text x="{_LEFT + 150 * number}" y="12" fill="{colour}">{escape(name)}</text>'
        for number, ((name, line), colour) in enumerate(zip(series.items(), _COLOURS, strict=False))
    )
    axes = "".join(
        f'<text x="{_LEFT - 6}" y="{24 + _HEIGHT * (1 - share):.0f}" text-anchor="end">{top * share:,.4g}</text>'
        f'<path d="M{_LEFT} {20 + _HEIGHT * (1 - share):.0f}h{_WIDTH}" stroke="#e5e7eb"/>'
        for share in (0, 0.5, 1)
    )
    size = f'width="{_WIDTH + _LEFT + 10}" height="{_HEIGHT + 20 + _BELOW}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-size="11" font-family="system-ui,sans-serif" role="img" '
        f'aria-label="{escape(title)}"><rect width="100%" height="100%" fill="#fff"/>{axes}{lines}'
        f'<text x="{_LEFT}" y="{_HEIGHT + 38}">{escape(title)} ({escape(unit)}), over {right:.0f} s</text></svg>'
    )


def table(rows: Sequence[Mapping[str, object]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(
        f"<tr{_marked(row)}>" + "".join(f"<td>{escape(str(row.get(name, '')))}</td>" for name in names) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def page(
    *, title: str, rows: Sequence[Mapping[str, object]], checks: Sequence[Mapping[str, object]], plots: Sequence[str]
) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<h1>{escape(title)}</h1>{table(rows)}<h2>Asserted</h2>{table(checks)}<h2>Over time</h2>{''.join(plots)}"
        '<p><a href="locust.html">Locust’s own report</a></p></html>'
    )


def _marked(row: Mapping[str, object]) -> str:
    return ' class="broken"' if row.get("holds") is False else ""
