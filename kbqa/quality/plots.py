"""Pictures of a run as SVG: no plotting library, no script, no style of their own but class names.

A page's style sheet colours them, light and dark; a file brings the same style along by `standalone`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_SIZE, _MARGIN = 320, 48
_ROW, _LABEL, _VALUE = 34, 150, 60

Point = tuple[float, float]

_STYLE = (
    "svg{font:12px system-ui,sans-serif;background:#fff;--line:#e3e6ec;--edge:#9aa3b2;--accent:#2f5bd7;--soft:#3b4252}"
    "@media(prefers-color-scheme:dark){svg{background:#1a2028;--line:#2e3844;--edge:#6d7a8a;--accent:#83abff;--soft:#a3aebc}}"
    "path{fill:none}.grid{stroke:var(--line)}.guide{stroke:var(--edge);stroke-dasharray:4 4}"
    ".curve{stroke:var(--accent);stroke-width:2}.dots{fill:var(--accent);fill-opacity:.75}text{fill:var(--soft)}"
    ".bar{fill:var(--accent)}.span{stroke:var(--soft);stroke-width:1.5}"
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A share, with the interval it lies in."""

    label: str
    share: float
    low: float
    high: float


def reliability_svg(
    bins: Sequence[tuple[float, float, int]],
    *,
    title: str,
    x: str = "confidence",
    y: str = "share right",
    dot: str = "said {said}, right {seen}, {count} cases",
) -> str:
    """Said against seen: a dot a bin, its area the share of cases; on the diagonal, confidence is honest."""
    most = max((count for _, _, count in bins), default=1)
    dots = "".join(
        f'<circle cx="{_x(said):.1f}" cy="{_y(seen):.1f}" r="{3 + 9 * (count / most) ** 0.5:.1f}">'
        f"<title>{escape(dot.format(said=f'{said:.2f}', seen=f'{seen:.2f}', count=count))}</title></circle>"
        for said, seen, count in bins
    )
    diagonal = f'<path class="guide" d="{_path([(0, 0), (1, 1)])}"/>'
    return _frame(diagonal + f'<g class="dots">{dots}</g>', title=title, x=x, y=y)


def risk_coverage_svg(points: Sequence[Point], *, title: str, x: str = "share answered", y: str = "share wrong") -> str:
    """What share of the answers is wrong, when only the surest are given."""
    step = max(1, len(points) // 200)
    curve = f'<path class="curve" d="{_path([*points[::step], points[-1]])}"/>' if points else ""
    return _frame(curve, title=title, x=x, y=y)


def latency_svg(times_ms: Sequence[float], *, title: str, x: str = "milliseconds", y: str = "share answered") -> str:
    """What share was answered within how long: a step a question, up to the slowest."""
    ascending, top = sorted(times_ms), _round_up(max(times_ms, default=1.0))
    step = max(1, len(ascending) // 200)
    points = [(ms / top, (n + 1) / len(ascending)) for n, ms in enumerate(ascending)]
    curve = f'<path class="curve" d="{_path([(0, 0), *points[::step], *points[-1:]])}"/>' if points else ""
    return _frame(curve, title=title, x=x, y=y, top=top)


def bars_svg(bars: Sequence[Bar], *, title: str) -> str:
    """A bar a share, and its interval as a line over it."""
    width, height = _LABEL + _SIZE + _VALUE, _ROW * len(bars)
    rows = "".join(_bar_row(bar, _ROW * n) for n, bar in enumerate(bars))
    return _svg(rows, width=width, height=height, title=title)


def standalone(svg: str) -> str:
    """The picture as a file of its own."""
    return svg.replace(">", f"><style>{_STYLE}</style>", 1)


def _bar_row(bar: Bar, top: int) -> str:
    middle, low, high = top + _ROW / 2, _LABEL + bar.low * _SIZE, _LABEL + bar.high * _SIZE
    return (
        f'<text x="{_LABEL - 10}" y="{middle + 4}" text-anchor="end">{escape(bar.label)}</text>'
        f'<path class="grid" d="M{_LABEL} {middle}H{_LABEL + _SIZE}"/>'
        f'<rect class="bar" x="{_LABEL}" y="{top + 9}" width="{bar.share * _SIZE:.1f}" height="{_ROW - 18}"/>'
        f'<path class="span" d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 5}v10'
        f'M{high:.1f} {middle - 5}v10"/>'
        f'<text x="{_LABEL + _SIZE + 10}" y="{middle + 4}">{100 * bar.share:.0f} %</text>'
    )


def _frame(body: str, *, title: str, x: str, y: str, top: float = 1) -> str:
    ticks = "".join(
        f'<text x="{_x(t):.1f}" y="{_SIZE + _MARGIN + 18}" text-anchor="middle">{t * top:g}</text>'
        f'<text x="{_MARGIN - 8}" y="{_y(t) + 4:.1f}" text-anchor="end">{t:g}</text>'
        f'<path class="grid" d="{_path([(0, t), (1, t)])}"/>'
        for t in (0, 0.25, 0.5, 0.75, 1)
    )
    width, height, middle = _SIZE + 2 * _MARGIN, _SIZE + 2 * _MARGIN + 16, _SIZE / 2 + _MARGIN
    labels = (
        f'<text x="{middle}" y="24" text-anchor="middle" font-weight="600">{escape(title)}</text>'
        f'<text x="{middle}" y="{height - 10}" text-anchor="middle">{escape(x)}</text>'
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{escape(y)}</text>'
    )
    return _svg(labels + ticks + body, width=width, height=height, title=title)


def _svg(body: str, *, width: int, height: int, title: str) -> str:
    return (
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(title)}">{body}</svg>'
    )


def _round_up(most: float) -> float:
    """The next of 1, 2, 4, 10, 20, 40, …: quarters of it are read easily."""
    scale = 1.0
    while True:
        for step in (1, 2, 4):
            if most <= step * scale:
                return step * scale
        scale *= 10


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{_x(x):.1f} {_y(y):.1f}" for x, y in points)


def _x(share: float) -> float:
    return _MARGIN + share * _SIZE


def _y(share: float) -> float:
    return _MARGIN + (1 - share) * _SIZE
