"""A made-up company with three years of history in both CRMs, as files the sandbox serves.

Example Instruments sells seats, a platform and services to companies in seven countries. Its
records are those of two CRMs that overlap: customers tied by the native sync's ids, customers that
share no more than a domain, and customers in one CRM only (customers.py has the shares). What is
wrong with them on purpose is listed in dirt.py, each kind with its share.

The files are JSON Lines, `salesforce/<ApiName>.jsonl` and `hubspot/<object>.jsonl`, and
`account.json` with the settings of both accounts. Nothing happens after the end of the three years
but what is planned: expected close dates, meetings, due dates, campaigns and billing to come.
"""

from include.sandbox.company.build import write_company

__all__ = ["write_company"]
