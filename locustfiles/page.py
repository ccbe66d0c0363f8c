"""The run as one page: what was asserted, the table beside the design's, and the plots."""

from collections.abc import Mapping, Sequence
from html import escape

_STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--good:#15803d;--bad:#b91c1c;--ground:#fff}
@media(prefers-color-scheme:dark){
:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--good:#4ade80;--bad:#f87171;--ground:#0d1117}}
body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2rem auto;padding:0 1rem}
body{color:var(--ink);background:var(--ground)}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{color:var(--soft);margin:.3rem 0}a{color:inherit}
.table{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
td,th{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:right;vertical-align:bottom}
td:first-child,th:first-child{text-align:left}.verdict{font-weight:600}.held{color:var(--good)}
.broken,.broken td{color:var(--bad);font-weight:600}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:1rem}
.plots svg{width:100%;height:auto;border:1px solid var(--line);border-radius:6px}
.plots + p{margin-top:1rem}
"""


def table(rows: Sequence[Mapping[str, object]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(
        f"<tr{_marked(row)}>" + "".join(f"<td>{escape(_shown(row.get(name, '')))}</td>" for name in names) + "</tr>"
        for row in rows
    )
    return f'<div class="table"><table><tr>{head}</tr>{body}</table></div>'


def page(
    *,
    title: str,
    machine: str,
    rows: Sequence[Mapping[str, object]],
    checks: Sequence[Mapping[str, object]],
    figures: Mapping[str, object],
    plots: Sequence[str],
) -> str:
    broken = sum(check.get("holds") is False for check in checks)
    verdict = f"{broken} of {len(checks)} broken" if broken else "Everything holds"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1><p>{escape(machine)}</p>"
        f"<h2>Stages, beside the design’s</h2>{table(rows)}"
        f'<h2>Asserted</h2><p class="verdict {"broken" if broken else "held"}">{verdict}</p>{table(checks)}'
        f"<h2>Seen</h2>{table([{'what': name, 'seen': seen} for name, seen in figures.items()])}"
        f'<h2>Over time</h2><div class="plots">{"".join(plots)}</div>'
        '<p><a href="summary.json">All figures as JSON</a> · <a href="locust.html">Locust’s own report</a></p></html>'
    )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.10g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _marked(row: Mapping[str, object]) -> str:
    return ' class="broken"' if row.get("holds") is False else ""
