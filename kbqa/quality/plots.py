"""Two pictures of how far confidence can be trusted, as SVG: no plotting library, no script."""

from collections.abc import Sequence
from html import escape

_SIZE, _MARGIN = 320, 48

Point = tuple[float, float]


def reliability_svg(bins: Sequence[tuple[float, float, int]], *, title: str) -> str:
    """Said against seen: a dot a bin, its area the share of cases; on the diagonal, confidence is honest."""
    most = max((count for _, _, count in bins), default=1)
    dots = "".join(
        f'<circle cx="{_x(said):.1f}" cy="{_y(seen):.1f}" r="{3 + 9 * (count / most) ** 0.5:.1f}">'
        f"<title>said {said:.2f}, right {seen:.2f}, {count} cases</title></circle>"
        for said, seen, count in bins
    )
    diagonal = f'<path class="guide" d="{_path([(0, 0), (1, 1)])}"/>'
    return _frame(diagonal + f"<g class='dots'>{dots}</g>", title=title, x="confidence", y="share right")


def risk_coverage_svg(points: Sequence[Point], *, title: str) -> str:
    """What share of the answers is wrong, when only the surest are given."""
    step = max(1, len(points) // 200)
    curve = f'<path class="curve" d="{_path([*points[::step], points[-1]])}"/>' if points else ""
    return _frame(curve, title=title, x="share answered", y="share wrong")


def _frame(body: str, *, title: str, x: str, y: str) -> str:
    ticks = "".join(
        f'<text x="{_x(t):.1f}" y="{_SIZE + _MARGIN + 18}" text-anchor="middle">{t:g}</text>'
        f'<text x="{_MARGIN - 8}" y="{_y(t) + 4:.1f}" text-anchor="end">{t:g}</text>'
        f'<path class="grid" d="{_path([(0, t), (1, t)])}"/>'
        for t in (0, 0.25, 0.5, 0.75, 1)
    )
    width, height, middle = _SIZE + 2 * _MARGIN, _SIZE + 2 * _MARGIN + 16, _SIZE / 2 + _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(title)}"><style>svg{{font:12px system-ui,sans-serif;background:#fff}}'
        "path{fill:none}.grid{stroke:#e3e6ec}.guide{stroke:#9aa3b2;stroke-dasharray:4 4}"
        ".curve{stroke:#2f5bd7;stroke-width:2}.dots{fill:#2f5bd7;fill-opacity:.75}text{fill:#3b4252}</style>"
        f'<text x="{middle}" y="24" text-anchor="middle" font-weight="600">{escape(title)}</text>{ticks}{body}'
        f'<text x="{middle}" y="{height - 10}" text-anchor="middle">{escape(x)}</text>'
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{escape(y)}</text></svg>'
    )


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{_x(x):.1f} {_y(y):.1f}" for x, y in points)


def _x(share: float) -> float:
    return _MARGIN + share * _SIZE


def _y(share: float) -> float:
    return _MARGIN + (1 - share) * _SIZE
