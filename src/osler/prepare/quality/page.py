"""The report on data quality as one HTML page that needs nothing from outside."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from osler.prepare.quality.charts import alone_chart, distributions, drift_chart, missing_chart
from osler.prepare.quality.checking import Report, Suspicion

STYLE = """
body{font:15px/1.5 "DejaVu Sans",system-ui,sans-serif;color:#1d2733;max-width:62rem;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin-bottom:.2rem} p.lead{color:#55626f;margin-top:0}
h2{font-size:1.25rem;margin-top:2.6rem;border-bottom:1px solid #d5dbe1}
h3{font-size:1rem;margin:1.6rem 0 .4rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;vertical-align:top}
th{font-size:.8rem;color:#55626f;font-weight:600;border-bottom:1px solid #d5dbe1}
tr+tr td{border-top:1px solid #eef1f4} .kind{white-space:nowrap;font-weight:600}
.grave .kind{color:#b3261e} .column{font-family:"DejaVu Sans Mono",monospace;font-size:.85rem}
svg{width:100%;height:auto;max-width:60rem} .narrow svg{max-width:44rem}
.key i{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}
.key i:first-child{margin-left:0}
@media print{svg,tr{break-inside:avoid}}
"""
GRAVE = (
    "repeated rows",
    "repeated people",
    "leak",
    "zeros that mean missing",
    "impossible values",
    "mixed units",
    "nearly separable",
    "single class",
    "future dates",
    "all missing",
)
MOST_ROWS = 60


def to_html(reports: Sequence[Report]) -> str:
    """Return the page."""
    title = "Data quality"
    parts = [_table(one) for one in reports]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><h1>{title}</h1>{''.join(parts)}</body></html>\n"
    )


def _table(report: Report) -> str:
    """Return the part on one table."""
    people = "" if report.people == report.rows else f", {report.people} people"
    goal = f"; the outcome is in the column {escape(report.target)}" if report.target else ""
    if report.outcome is not None:
        goal += f" ({report.outcome.mean():.1%} of the rows have it)"
    lead = f"{report.rows} rows{people}, {len(report.columns)} columns{goal}."
    if report.target is None:
        lead += " No target was named, so no leak was looked for."
    parts = [f"<h2>{escape(report.name)}</h2><p class='lead'>{lead}</p>", _suspicions(report)]
    key = ""
    if report.outcome is not None:
        key = (
            "<p class='key'><i style='background:#2f6f9f'></i>without the outcome"
            "<i style='background:#d9822b'></i>with it; suspicious columns have a red name</p>"
        )
    for words, chart, kind in (
        ("What is missing", missing_chart(report), "narrow"),
        ("What one column alone tells", alone_chart(report), "narrow"),
        ("Differences between sources", drift_chart(report), "narrow"),
        ("Distributions", distributions(report), ""),
    ):
        if chart:
            told = key if words == "Distributions" else ""
            parts.append(f"<h3>{words}</h3>{told}<div class='{kind}'>{chart}</div>")
    return "".join(parts)


def _suspicions(report: Report) -> str:
    """Return what was found, the grave first."""
    if not report.suspicions:
        return "<p>Nothing suspicious was found.</p>"
    ordered = sorted(report.suspicions, key=_rank)
    rows = "".join(_row(one) for one in ordered[:MOST_ROWS])
    rest = len(ordered) - MOST_ROWS
    more = f"<p>… and {rest} more, in the JSON.</p>" if rest > 0 else ""
    counts = Counter(one.kind for one in ordered)
    said = "; ".join(f"{kind}: {number}" for kind, number in counts.items())
    return (
        f"<h3>What was found</h3><p>{escape(said)}</p><table><tr><th>what</th><th>column</th>"
        f"<th>why</th></tr>{rows}</table>{more}"
    )


def _row(one: Suspicion) -> str:
    grave = " class='grave'" if one.kind in GRAVE else ""
    return (
        f"<tr{grave}><td class='kind'>{escape(one.kind)}</td>"
        f"<td class='column'>{escape(one.column)}</td><td>{escape(one.sentence)}</td></tr>"
    )


def _rank(one: Suspicion) -> int:
    return GRAVE.index(one.kind) if one.kind in GRAVE else len(GRAVE)
