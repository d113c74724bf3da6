"""docs/metrics.md, from the catalogue."""

from __future__ import annotations

from include.metrics.catalogue import CATALOGUE
from include.metrics.metric import GRAINS, Metric

UNITS = {
    "money": "reporting currency",
    "count": "count",
    "rate": "share, 0 to 1",
    "days": "days",
    "seconds": "seconds",
    "months": "months",
    "points": "points, -100 to 100",
    "ratio": "ratio",
}
BETTER = {"higher": "higher is better", "lower": "lower is better", "neutral": "neither is better"}
TIMING = {
    "period": "events dated in the period, as known at the as-of",
    "cohort": "events dated in the period, and what became of them by the as-of",
    "snapshot": "the state at the period's end, or at the as-of while the period runs",
    "active": "rows whose own days cover the period's last day, as known at the as-of",
    "joined": "rows that meet the period",
    "prepared": "what is made of it for the period, as known at the as-of",
}


def metrics_page() -> str:
    """The page as Markdown."""
    head = [
        "# Metrics",
        "Made by `make docs` from `include/metrics`; a test keeps it true.",
        "Every value is stored with its numerator, denominator, sample, exclusions, status and as-of, "
        "at day, ISO week, month, quarter, year, fiscal quarter and fiscal year, in total and by each "
        "slice. A denominator of zero gives no value, never 0; a failed source gives a reason instead "
        "of a number.",
        "| metric | question |\n|---|---|\n"
        + "\n".join(f"| [{m.name}](#{m.id}) | {m.question} |" for m in CATALOGUE),
    ]
    return "\n\n".join([*head, *(_metric(metric) for metric in CATALOGUE)]) + "\n"


def _metric(metric: Metric) -> str:
    """One metric's entry."""
    slices = ", ".join(cut.name for cut in metric.slices) or "none"
    rows = {
        "id": f"`{metric.id}`",
        "formula": metric.formula,
        "unit": f"{UNITS[metric.unit]}; {BETTER[metric.better]}",
        "reads": _reads(metric),
        "rests on": f"{metric.events}; counts instead of a rate below {metric.minimum_sample}"
        if metric.minimum_sample > 1
        else metric.events,
        "periods": "every grain" if metric.grains == GRAINS else ", ".join(metric.grains),
        "slices": slices,
        "made of": ", ".join(f"`{source}`" for source in metric.sources),
        "owner": metric.owner,
    }
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    return (
        f'<a id="{metric.id}"></a>\n\n## {metric.name}\n\n{metric.question}\n\n'
        f"{metric.basis}\n\n| | |\n|---|---|\n{table}"
    )


def _reads(metric: Metric) -> str:
    """The facts it reads, by which date, and which state of them."""
    readings = dict.fromkeys(
        f"`{(part.date.table if part.timing == 'prepared' else part.fact).fullname}` "
        f"by `{part.date.name}`: {TIMING[part.timing]}"
        for part in metric.summed.values()
    )
    return "; ".join(readings)
