"""The page as somebody at a terminal reads it."""

from __future__ import annotations

import io

from include.doctor.configuration import SMTP, WAREHOUSE
from include.doctor.finding import CONFIGURATION, Finding
from include.doctor.page import write_page
from include.doctor.verdict import Verdict

GRANT = "Give the integration user read access to it."
LONG = "a sentence that goes on and on, and that no terminal shows in one line, " * 4


def page(findings: list[Finding], verdicts: list[Verdict], settings) -> str:
    out = io.StringIO()
    write_page(findings, verdicts, settings, out)
    return out.getvalue()


def test_the_whole_page(settings) -> None:
    amount = Finding("salesforce", "opportunity", "Amount", "missing", "no Amount", "Grant fields.")
    close = Finding("salesforce", "opportunity", "CloseDate", "missing", "no", "Grant fields.")
    login = Finding("salesforce", "login", "", "missing", "no LoginHistory", "Grant logins.")
    findings = [
        Finding("salesforce", "", "", "ok", "logged in as me@example.com"),
        Finding("salesforce", "opportunity", "", "ok", "is readable"),
        amount,
        close,
        Finding("salesforce", "lead", "", "empty", "has none"),
        login,
        Finding("salesforce", "case", "", "forbidden", "Salesforce hides Case.", GRANT),
        Finding("hubspot", "", "", "forbidden", "HubSpot refuses the token.", "Put a valid token."),
        Finding(CONFIGURATION, SMTP, "", "ok", "mail server mail:25"),
    ]
    verdicts = [
        Verdict("revenue", "degraded", ("salesforce.opportunity without Amount",), (amount,)),
        Verdict("close_rate", "available", (), ()),
        Verdict("users_logged_in_7d", "unavailable", ("salesforce.login is missing",), (login,)),
    ]
    assert page(findings, verdicts, settings) == (
        """\
Connections
  salesforce_default              ok          logged in as me@example.com
  hubspot_default                 forbidden   HubSpot refuses the token.
  smtp_default                    ok          mail server mail:25

Objects of salesforce
  opportunity                     incomplete  Opportunity without Amount, CloseDate
  lead                            empty       Lead
  login                           missing     LoginHistory, optional
  case                            forbidden   Salesforce hides Case.

Metrics
  revenue                         degraded    salesforce.opportunity without Amount
  close_rate                      available
  users_logged_in_7d              unavailable salesforce.login is missing

  1 available, 1 degraded, 1 unavailable

What to do
  1. Put a valid token.
     because: HubSpot refuses the token.
  2. Grant fields.
     because: salesforce.opportunity is without Amount, CloseDate.
     metrics: revenue
  3. Grant logins.
     because: no LoginHistory
     metrics: users_logged_in_7d
  4. Give the integration user read access to it.
     because: Salesforce hides Case.
"""
    )


def test_what_most_metrics_wait_for_comes_first(settings) -> None:
    one = Finding("salesforce", "case", "", "forbidden", "one", "Grant one.")
    four = Finding("salesforce", "lead", "", "forbidden", "four", "Grant four.")
    verdicts = [Verdict("m0", "unavailable", ("x",), (one,))]
    verdicts += [Verdict(f"m{n}", "unavailable", ("x",), (four,)) for n in range(1, 5)]
    text = page([one, four], verdicts, settings)
    assert text.index("1. Grant four.") < text.index("2. Grant one.")
    assert "metrics: m1, m2, m3 and 1 more\n" in text


def test_what_no_metric_waits_for_is_only_counted(settings) -> None:
    findings = [
        Finding("salesforce", "login", "", "missing", "m", "Grant logins."),
        Finding("salesforce", "lead", "", "ok", "m"),
        Finding("salesforce", "lead", "Title", "missing", "m", "Grant titles."),
    ]
    text = page(findings, [], settings)
    assert "Grant" not in text
    assert "2 optional objects and fields are not there" in text


def test_a_configured_field_that_is_not_there_is_to_be_done(settings) -> None:
    findings = [
        Finding("salesforce", "lead", "", "ok", "m"),
        Finding("salesforce", "lead", "X__c", "error", "Lead has no X__c.", "Correct it."),
    ]
    assert "1. Correct it.\n     because: Lead has no X__c.\n" in page(findings, [], settings)


def test_nothing_to_do_is_said(settings) -> None:
    findings = [
        Finding("salesforce", "", "", "ok", "works"),
        Finding(CONFIGURATION, "costs.csv", "", "empty", "no rows", "Fill in if wanted."),
    ]
    assert page(findings, [], settings).endswith("\nNothing is to be done.\n")


def test_no_line_is_wider_than_a_terminal(settings) -> None:
    findings = [
        Finding("salesforce", "", "", "error", LONG, LONG + "first"),
        Finding("salesforce", "opportunity", "", "forbidden", LONG, LONG + "second"),
        Finding("hubspot", "deal", "", "ok", "is readable"),
        Finding("hubspot", "deal", "a" * 60, "missing", LONG, LONG + "third"),
        Finding("hubspot", "deal", "b" * 60, "missing", LONG, LONG + "third"),
        Finding(CONFIGURATION, WAREHOUSE, "", "error", LONG, LONG + "fourth"),
        Finding(CONFIGURATION, "audiences.yaml", "sender", "missing", LONG, LONG + "fifth"),
    ]
    verdicts = [Verdict("sales_growth_year_over_year", "unavailable", (LONG,), tuple(findings))]
    text = page(findings, verdicts, settings)
    assert max(map(len, text.splitlines())) <= 100
    assert not [line for line in text.splitlines() if line != line.rstrip()]
