"""From what is missing and doubtful to whether the mail goes out."""

from __future__ import annotations

import pytest

from include.report.gate import gate

TICKETS, LEADS = "Time to resolution", "New leads"


@pytest.mark.parametrize(
    ("must_have", "missing", "warnings", "remarks", "state"),
    [
        ([], [], [], [], "clean"),
        ([], [], [], ["3 of 4 checks passed."], "information"),
        ([], [(TICKETS, "not_configured")], [], [], "information"),
        ([], [(TICKETS, "zero_denominator")], [], [], "information"),
        ([], [], ["12 of 1,904 records were set aside."], [], "banner"),
        ([], [(TICKETS, "source_unavailable")], ["x"], [], "metric_out"),
        ([], [(TICKETS, "withheld")], [], [], "metric_out"),
        ([], [(TICKETS, "not_computed")], [], [], "metric_out"),
        ([], [(TICKETS, "partial")], [], [], "metric_out"),
        # Three of eight is 62.5 % left, four is 50 %.
        ([], [(TICKETS, "withheld")] * 3, [], [], "metric_out"),
        ([], [(TICKETS, "withheld")] * 4, [], [], "hold"),
        ([], [(TICKETS, "not_configured")] * 7, [], [], "information"),
        # Whatever the reason, nobody is mailed a report without its main figure.
        ([("Won revenue", "no_data")], [("Won revenue", "no_data")], [], [], "hold"),
    ],
)
def test_the_gate(
    must_have: list[tuple[str, str]],
    missing: list[tuple[str, str]],
    warnings: list[str],
    remarks: list[str],
    state: str,
) -> None:
    decision = gate(must_have, missing, 8, warnings, remarks)
    assert decision.state == state
    assert (decision.reason == "") == (state == "clean")


def test_the_reason_names_what_is_out() -> None:
    missing = [(TICKETS, "withheld"), (LEADS, "not_configured")]
    assert gate([], missing, 8, [], []).reason == f"not available: {TICKETS}"
