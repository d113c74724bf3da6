"""docs/metrics.md, from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from include.metrics.catalogue import CATALOGUE
from include.metrics.metric import GRAINS, Metric
from include.tables.source_object import CRM_NAMES

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
        **_sources(metric),
        "owner": metric.owner,
    }
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    return (
        f'<a id="{metric.id}"></a>\n\n## {metric.name}\n\n{metric.question}\n\n'
        f"{metric.basis}\n\n| | |\n|---|---|\n{table}"
    )


def _sources(metric: Metric) -> dict[str, str]:
    """What it is made of in each CRM, and in which files."""
    needed = _by_crm(metric.sources)
    optional = _by_crm(each for each in metric.optional_sources if each not in metric.sources)
    rows = {}
    for crm, name in CRM_NAMES.items():
        said = [", ".join(needed[crm])] if crm in needed else []
        if crm in optional:
            said.append(f"optional: {', '.join(optional[crm])}")
        rows[name] = "; ".join(said) or "nothing"
    files = dict.fromkeys(part.configured_in for part in metric.summed.values())
    configured = "; ".join(file for file in files if file)
    return rows | ({"configured in": configured} if configured else {})


def _by_crm(object_ids: Iterable[str]) -> dict[str, list[str]]:
    """The names of the objects by the CRM they are in."""
    found: dict[str, list[str]] = {}
    for object_id in object_ids:
        crm, _, name = object_id.partition(".")
        found.setdefault(crm, []).append(f"`{name}`")
    return found


def _reads(metric: Metric) -> str:
    """The facts it reads, by which date, and which state of them."""
    readings = dict.fromkeys(
        f"`{(part.date.table if part.timing == 'prepared' else part.fact).fullname}` "
        f"by `{part.date.name}`: {TIMING[part.timing]}"
        for part in metric.summed.values()
    )
    return "; ".join(readings)
