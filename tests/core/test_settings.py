"""A mistake in a configuration file names file, line and remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from include.core.errors import ConfigurationError
from include.core.settings import Cost, ExchangeRate, Settings, load_settings
from include.core.settings_deals import Deals
from include.core.settings_ledgers import ProductCost, Quota, Target
from include.metrics.targets import check_targets

SHIPPED = Path(__file__).resolve().parents[2] / "include" / "config"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped configuration to break."""
    shutil.copytree(SHIPPED, tmp_path / "config")
    return tmp_path / "config"


def line_of(path: Path, text: str) -> int:
    """Number of the first line that holds a text."""
    return next(n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def test_the_shipped_configuration_is_good() -> None:
    settings = load_settings(SHIPPED)
    assert settings.calendar.currency == "USD"
    assert settings.sources.of("hubspot").overlap_minutes == 60


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("calendar.yaml", "time_zone: America/New_York", "time_zone: New York", "is not a time zone; use an IANA name"),
        ("calendar.yaml", "currency: USD", "currency: dollars", "currency: String should match"),
        ("calendar.yaml", "trailing_periods: 3", "trailing_period: 3", "trailing_period: Extra inputs"),
        ("sources.yaml", "lag_minutes: 15", "lag_minutes: soon", "hubspot.lag_minutes: Input should be a valid integer"),
        ("audiences.yaml", "reply_to: revops@example.com", "reply_to: revops", "not a valid email address"),
        ("audiences.yaml", "CRM metrics <", "CRM, metrics <", "'CRM, metrics <reports@example.com>' is not one address"),
        ("audiences.yaml", "CRM metrics <", "CRM [metrics] <", "is not one address with a name before it"),
        ("audiences.yaml", "<reports@example.com>", "<reports>", "is not one address with a name"),
        ("audiences.yaml", "<reports@example.com>", "<bücher@example.com>", "bücher@example.com is not plain ASCII"),
        ("audiences.yaml", "[executives@example.com]", "[bücher@example.com]", "bücher@example.com is not plain ASCII"),
        ("audiences.yaml", "[executives@example.com]", "[ceo@elsewhere.com]", "ceo@elsewhere.com is not in an allowed domain"),
        ("audiences.yaml", "[revops@example.com]", "[ops@elsewhere.com]", "ops@elsewhere.com is not in an allowed domain"),
        ("audiences.yaml", "[revops@example.com]", "[]", "ops.recipients: List should have at least 1 item"),
        ("audiences.yaml", "late_after_hours: 2", "late_after_hours: 0", "ops.late_after_hours: Input should be greater than 0"),
        ("calendar.yaml", "fiscal_year_start_month: 1", "currency: EUR", "currency is given twice. Check keys"),
        ("sources.yaml", "  daily_quota_share: 0.8", "  enabled: false", "enabled is given twice"),
        ("audiences.yaml", "locale: en_US", "locale: en-US", "'en-US' is not a locale; use a name such as en_US"),
        ("audiences.yaml", "locale: en_US", "locale: en_XX", "'en_XX' is not a locale"),
        ("customers.yaml", "customer_model: subscription", "customer_model: loyal", "customer_model: Input should be 'subscription'"),
        ("customers.yaml", "  billing_frequencies: {}", "  billing_frequencies: {Yearly: yearly}", "'Yearly' means 'yearly', which is none of daily"),
        ("customers.yaml", "  statuses: {}", "  statuses: {paid: done}", "carts.statuses.paid: Input should be 'open', 'completed' or 'ignored'"),
        ("customers.yaml", "  salesforce_frequency_field: null", "  salesforce_frequency_field: Billing__c", "recurring.salesforce_frequency_field: 'Billing__c' is not read. List it in sources.yaml under salesforce.custom_fields, of opportunity_line_item or product"),
        ("customers.yaml", "renewal_grace_days: 30", "renewal_grace_days: 90", "renewal_grace_days: Input should be less than or equal to 60"),
        ("deals.yaml", "lost_reasons_not_counted: []", "lost_reasons_not_counted: [\" \"]", "lost_reasons_not_counted.0: String should have at least 1 character"),
        ("deals.yaml", "  competitor_field: null", "  competitor: null", "salesforce.competitor: Extra inputs"),
        ("deals.yaml", "  lost_reason_field: null", "  lost_reason_field: Loss__c", "salesforce.lost_reason_field: 'Loss__c' is not read. List it in sources.yaml under salesforce.custom_fields.opportunity"),
        ("deals.yaml", "  lost_reason_field: null", "  lost_reason_field: closed_lost_reason", "salesforce.lost_reason_field: 'closed_lost_reason' is not read."),
        ("deals.yaml", "field: closed_lost_reason", "field: loss", "hubspot.lost_reason_field: 'loss' is not read. List it in sources.yaml under hubspot.custom_fields.deal"),
        ("service.yaml", "business_hours: null", "business_hours: {monday: [9-18]}", "'9-18' is not an opening such as 09:00-18:00"),
        ("service.yaml", "business_hours: null", "business_hours: {monday: [\"22:00-06:00\"]}", "ends before it begins, or after 24:00; write a night as two"),
        ("service.yaml", "business_hours: null", "business_hours: {monday: [\"18:00-24:30\"]}", "ends before it begins, or after 24:00"),
        ("service.yaml", "business_hours: null", "business_hours: {monday: [\"09:00-12:00\", \"11:00-18:00\"]}", "two openings of this day overlap"),
        ("service.yaml", "business_hours: null", "business_hours: {holidays: [2026-12-25]}", "no day has an opening"),
        ("service.yaml", "business_hours: null", "business_hours: {holidays: [2026-02-30]}", "not YAML: day is out of range for month"),
        ("audiences.yaml", "late_after_hours: 2", "late_after_hours: !!int two", "not YAML: invalid literal for int()"),
        ("sources.yaml", "lag_minutes: 15", "lag\tminutes: 15", "hubspot.lag\tminutes: Extra inputs"),
        ("service.yaml", "business_hours: null", "business_hours: {time_zone: Berlin, monday: [\"09:00-18:00\"]}", "is not a time zone; use an IANA name"),
        ("service.yaml", "surveys: []", "surveys: [{survey: A}, {survey: \" a\"}]", "'a' is listed twice"),
        ("service.yaml", "surveys: []", "surveys: [{survey: A, scale_max: 4}]", "surveys.0.scale_max: Input should be 2, 5, 7 or 10"),
        ("channels.yaml", "sources: [Partner,", "sources: [Email,", "listed for both email and partner"),
        ("channels.yaml", "sources: [Partner,", "sources: [\" email \",", "listed for both email and partner"),
        ("channels.yaml", "{id: direct,", "{id: email,", "there are two channels email; list the sources of both in one"),
        ("channels.yaml", "{id: unknown,", "{id: other,", "`unknown` is needed"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(folder: Path, file: str, old: str, new: str, said: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigurationError) as caught:
        load_settings(folder)
    message = str(caught.value)
    assert said in message
    # A problem with a list as a whole stands at the list's own line.
    where = "channels:" if file == "channels.yaml" else new
    assert f"{path}:{line_of(path, where)}: " in message
    assert "nothing has run" in message


def test_a_record_type_is_named_by_its_id(folder: Path) -> None:
    path = folder / "sources.yaml"
    text = path.read_text()
    path.write_text(text.replace("sales_pipelines: []", "sales_pipelines: [New Business]", 1))
    with pytest.raises(
        ConfigurationError, match="'New Business' is no id of a record type"
    ) as caught:
        load_settings(folder)
    assert f"{path}:{line_of(path, 'salesforce:')}: salesforce: " in str(caught.value)
    # Fifteen characters or eighteen; HubSpot's pipelines have other ids.
    ids = "sales_pipelines: [012300000001abc, 012000000000000AAA]"
    text = text.replace("sales_pipelines: []", ids, 1)
    path.write_text(text.replace("sales_pipelines: []", "sales_pipelines: [default]"))
    assert load_settings(folder).sources.hubspot.sales_pipelines == ["default"]


@pytest.mark.parametrize("listed", ["opportunity_line_item", "product"])
def test_how_often_lines_are_billed_may_stand_in_the_line_or_its_product(
    folder: Path, listed: str
) -> None:
    for name, old, new in (
        ("customers.yaml", "frequency_field: null", "frequency_field: Billing__c"),
        ("sources.yaml", "custom_fields: {}", f"custom_fields: {{{listed}: [Billing__c]}}"),
    ):
        path = folder / name
        path.write_text(path.read_text().replace(old, new, 1))
    chosen = load_settings(folder).customers.recurring
    assert chosen.salesforce_frequency_field == "Billing__c"


def test_nobody_needs_to_be_named_for_failures(folder: Path) -> None:
    path = folder / "audiences.yaml"
    before, _, after = path.read_text().partition("ops:\n")
    path.write_text(before + after.partition("\n\n")[2])
    assert load_settings(folder).audiences.ops is None


def test_broken_yaml_names_its_line(folder: Path) -> None:
    path = folder / "calendar.yaml"
    path.write_text("time_zone: UTC\ncurrency: [USD\n")
    with pytest.raises(ConfigurationError, match=r"calendar\.yaml:3: not YAML"):
        load_settings(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "channels.yaml").unlink()
    with pytest.raises(ConfigurationError, match=r"channels\.yaml: cannot be read .*Restore it"):
        load_settings(folder)


def test_rows_of_the_ledgers_are_checked_with_their_line(folder: Path) -> None:
    (folder / "costs.csv").write_text(
        "cost_date,amount,currency_code,category,channel,campaign_id,note\n"
        "2026-03-05,600,USD,acquisition,paid_search,,\n"
        "2026-03-09,abc,USD,acquisition,,,\n"
        "2026-03-09,1,USD,acquisition,billboards,,\n"
    )
    (folder / "exchange_rates.csv").write_text("currency,from,rate\nEUR,2026-01-01,1\n")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(folder)
    message = str(caught.value)
    assert "costs.csv:3: amount: Input should be a valid decimal" in message
    assert "exchange_rates.csv:1: the header must be currency_code,valid_from_date,rate" in message


def test_a_quote_that_is_never_closed_is_named(folder: Path) -> None:
    """Where much follows it: what is little is one long note."""
    row = "2026-03-05,600,USD,acquisition,paid_search,,"
    (folder / "costs.csv").write_text(
        "cost_date,amount,currency_code,category,channel,campaign_id,note\n"
        f'{row}\n{row}"never closed\n' + f"{row}\n" * 4000
    )
    with pytest.raises(ConfigurationError, match=r"costs\.csv:3: not CSV: field larger than"):
        load_settings(folder)


def test_a_cost_of_an_unknown_channel_is_named(folder: Path) -> None:
    (folder / "costs.csv").write_text(
        "cost_date,amount,currency_code,category,channel,campaign_id,note\n"
        "2026-03-05,600,USD,acquisition,paid_search,,\n"
        "2026-03-09,1,USD,acquisition,billboards,,\n"
    )
    with pytest.raises(ConfigurationError, match=r"costs\.csv:3: channel 'billboards' is not in"):
        load_settings(folder)


@pytest.mark.parametrize(
    ("column", "value", "segment"),
    [("", "", None), (",segment", ",large", "large"), (",segment", ",", None)],
)
def test_a_cost_may_be_of_a_segment(
    folder: Path, column: str, value: str, segment: str | None
) -> None:
    (folder / "costs.csv").write_text(
        f"cost_date,amount,currency_code,category,channel,campaign_id{column},note\n"
        f"2026-03-05,600,USD,acquisition,,{value},salaries\n"
    )
    (cost,) = load_settings(folder).costs
    assert (cost.segment, cost.note) == (segment, "salaries")


def test_a_cost_of_an_unknown_segment_is_named(folder: Path) -> None:
    (folder / "costs.csv").write_text(
        "cost_date,amount,currency_code,category,channel,campaign_id,segment,note\n"
        "2026-03-05,600,USD,acquisition,,,huge,\n"
    )
    said = r"costs\.csv:2: segment: Input should be 'small', 'medium', 'large' or 'unknown'"
    with pytest.raises(ConfigurationError, match=said):
        load_settings(folder)


def test_every_problem_is_told_at_once(folder: Path) -> None:
    (folder / "calendar.yaml").write_text("time_zone: Mars\n")
    (folder / "audiences.yaml").unlink()
    with pytest.raises(ConfigurationError) as caught:
        load_settings(folder)
    assert "calendar.yaml:1: time_zone" in str(caught.value)
    assert "audiences.yaml: cannot be read" in str(caught.value)


def test_a_company_that_says_nothing_of_its_customers_has_the_shipped_choices(folder: Path) -> None:
    shipped = load_settings(folder).customers
    assert shipped.customer_model == "subscription"
    (folder / "customers.yaml").write_text("")
    assert load_settings(folder).customers == shipped
    (folder / "customers.yaml").unlink()
    assert load_settings(folder).customers == shipped


def test_fields_of_deals_are_read_where_sources_list_them(folder: Path) -> None:
    sources = folder / "sources.yaml"
    text = sources.read_text()
    text = text.replace("custom_fields: {}", "custom_fields: {opportunity: [Loss__c, Rival__c]}", 1)
    sources.write_text(text.replace("custom_fields: {}", "custom_fields: {deal: [rival]}"))
    (folder / "deals.yaml").write_text(
        "salesforce: {lost_reason_field: Loss__c, competitor_field: Rival__c}\n"
        "hubspot: {competitor_field: rival}\n"
        "lost_reasons_not_counted: [' Duplicate', INVALID]\n"
    )
    deals = load_settings(folder).deals
    assert deals.salesforce.lost_reason_field == "Loss__c"
    # What is left out has the shipped value, and values are compared in lower case.
    assert deals.hubspot.lost_reason_field == "closed_lost_reason"
    assert deals.lost_reasons_not_counted == ["duplicate", "invalid"]
    # A field that is listed for another object says nothing of deals.
    sources.write_text(sources.read_text().replace("deal: [rival]", "company: [rival]"))
    with pytest.raises(
        ConfigurationError, match=r"deals\.yaml:2: hubspot\.competitor_field: 'rival'"
    ):
        load_settings(folder)


def test_reasons_need_a_field_that_tells_them(folder: Path) -> None:
    (folder / "deals.yaml").write_text(
        "hubspot: {lost_reason_field: null}\nlost_reasons_not_counted: [duplicate]\n"
    )
    said = r"deals\.yaml:2: lost_reasons_not_counted: no field tells why a deal was lost"
    with pytest.raises(ConfigurationError, match=said):
        load_settings(folder)


def test_a_company_that_says_nothing_of_lost_deals_has_the_shipped_choices(folder: Path) -> None:
    shipped = load_settings(folder).deals
    (folder / "deals.yaml").unlink()
    assert load_settings(folder).deals == shipped == Deals()
    assert not shipped.lost_reasons_not_counted


def test_quotas_and_product_costs_are_checked_with_their_line(folder: Path) -> None:
    (folder / "quotas.csv").write_text(
        "start_date,last_date,amount,currency_code,owner_email,team_name\n"
        "2026-01-01,2026-03-31,4000,USD,ada@example.com,\n"
        "2026-01-01,2025-12-31,4000,USD,ada@example.com,\n"
        "2026-01-01,2026-03-31,4000,USD,ada@example.com,North\n"
        "2026-01-01,2026-03-31,4000,USD,,\n"
        "2026-01-01,2026-03-31,0,USD,ada,\n"
    )
    (folder / "product_costs.csv").write_text(
        "product,valid_from_date,unit_cost_amount,currency_code\n"
        "Plan A,2026-01-01,50,USD\n"
        " plan a,2026-01-01,60,USD\n"
        "Plan A,2026-02-01,60,USD\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_settings(folder)
    message = str(caught.value)
    assert "quotas.csv:2" not in message
    assert "quotas.csv:3: last_date: Value error, it is before start_date 2026-01-01" in message
    for line in (4, 5):
        assert f"quotas.csv:{line}: team_name: Value error, give either owner_email or" in message
    assert "quotas.csv:6: amount: Input should be greater than 0" in message
    assert "quotas.csv:6: owner_email: value is not a valid email address" in message
    assert "product_costs.csv:3: ' plan a' has a cost from 2026-01-01 on already." in message
    assert "product_costs.csv:4" not in message


def test_a_report_there_is_none_of_is_named(folder: Path) -> None:
    path = folder / "audiences.yaml"
    path.write_text(path.read_text().replace("  executive_weekly:", "  executive_weeky:"))
    said = rf"audiences\.yaml:{line_of(path, 'reports:')}: reports: .* executive_weeky; name executive_weekly"
    with pytest.raises(ConfigurationError, match=said):
        load_settings(folder)


@pytest.mark.parametrize("name", ["costs.csv", "channels.yaml"])
def test_a_file_in_another_encoding_is_named(folder: Path, name: str) -> None:
    """As a spreadsheet saves it that was not asked for UTF-8."""
    text = (folder / name).read_text() + "# Gehälter\n"
    (folder / name).write_bytes(text.encode("cp1252"))
    with pytest.raises(ConfigurationError, match=rf"{name}: is not in UTF-8\. Save it anew"):
        load_settings(folder)


def test_a_rate_is_given_once_and_of_another_currency(folder: Path) -> None:
    """Of two on one day either could win; and after a change of currency all would be in the old one."""
    header = (folder / "exchange_rates.csv").read_text()
    (folder / "exchange_rates.csv").write_text(
        f"{header}EUR,2026-01-01,1.1\nEUR,2026-01-01,1.2\nGBP,2026-01-01,1.3\nUSD,2026-01-01,1\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_settings(folder)
    message = str(caught.value)
    assert "exchange_rates.csv:2" not in message
    assert "exchange_rates.csv:3: EUR has a rate from 2026-01-01 on already." in message
    assert "exchange_rates.csv:4" not in message
    assert "exchange_rates.csv:5: USD is the reporting currency itself" in message


def test_no_rate_is_shipped() -> None:
    """A rate of the file wins over those of the CRMs: a made-up one would be taken for a real one."""
    assert load_settings(SHIPPED).exchange_rates == ()


@pytest.mark.parametrize("name", ["quotas", "product_costs", "targets"])
def test_what_no_crm_has_may_be_missing_or_empty(folder: Path, name: str) -> None:
    (folder / f"{name}.csv").write_text("")
    assert not getattr(load_settings(folder), name)
    (folder / f"{name}.csv").unlink()
    assert not getattr(load_settings(folder), name)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("exchange_rates", ExchangeRate),
        ("costs", Cost),
        ("quotas", Quota),
        ("product_costs", ProductCost),
        ("targets", Target),
    ],
)
def test_every_column_of_a_table_is_explained_beside_it(name: str, model: type) -> None:
    page = (SHIPPED / "README.md").read_text()
    section = page.split(f"## {name}.csv")[1].split("\n## ")[0]
    header = (SHIPPED / f"{name}.csv").read_text().splitlines()[0].split(",")
    assert header == list(model.model_fields)
    for column in header:
        assert f"`{column}`" in section, column


def test_the_examples_of_targets_are_good(folder: Path) -> None:
    section = (SHIPPED / "README.md").read_text().split("## targets.csv")[1]
    lines = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    (folder / "targets.csv").write_text("\n".join(lines))
    targets = load_settings(folder).targets
    assert len(targets) == 3
    check_targets(targets, folder)


HEADER = "metric_id,grain,start_date,kind,value,upper_value\n"


def test_targets_are_read_in_order(folder: Path) -> None:
    (folder / "targets.csv").write_text(
        HEADER + "revenue,week,2026-01-05,at_least,400000,\nfrt,day,2026-01-06,band,60,90\n"
    )
    first, second = load_settings(folder).targets.values()
    assert (first.metric_id, first.kind, first.value) == ("revenue", "at_least", 400000)
    assert (second.value, second.upper_value) == (60, 90)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Revenue,week,2026-01-05,at_least,1,", "metric_id: String should match pattern"),
        ("revenue,weekly,2026-01-05,at_least,1,", "grain: Input should be 'day', 'week'"),
        ("revenue,week,2026-01-05,above,1,", "kind: Input should be 'at_least', 'at_most' or"),
        ("revenue,week,2026-01-05,at_least,,", "value: Decimal input should be an integer"),
        ("revenue,week,2026-01-05,at_least,1,2", "upper_value: Value error, at_least has no upper"),
        ("revenue,week,2026-01-05,band,1,", "upper_value: Value error, a band needs upper_value"),
        ("revenue,week,2026-01-05,band,2,2", "upper_value: Value error, it is not above value 2"),
        # 6 January 2026 is a Tuesday; the fiscal year of the shipped calendar begins in January.
        ("revenue,week,2026-01-06,at_least,1,", "2026-01-06 is not the first day of a week"),
        ("revenue,month,2026-01-02,at_least,1,", "is not the first day of a month"),
        ("revenue,quarter,2026-02-01,at_least,1,", "is not the first day of a quarter"),
        ("revenue,year,2026-04-01,at_least,1,", "is not the first day of a year"),
        ("revenue,fiscal_year,2026-04-01,at_least,1,", "is not the first day of a fiscal year"),
    ],
)
def test_a_target_that_says_nothing_usable_is_named(folder: Path, row: str, said: str) -> None:
    good = "revenue,quarter,2026-10-01,at_least,1,\n"
    (folder / "targets.csv").write_text(f"{HEADER}{good}\n{row}\n")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(folder)
    message = str(caught.value)
    assert said in message
    # The empty line counts as one.
    assert message.count("targets.csv:") == message.count("targets.csv:4: ") == 1


def test_fiscal_periods_begin_where_the_calendar_says(folder: Path) -> None:
    path = folder / "calendar.yaml"
    path.write_text(
        path.read_text().replace("fiscal_year_start_month: 1", "fiscal_year_start_month: 2")
    )
    (folder / "targets.csv").write_text(
        HEADER
        + "revenue,fiscal_year,2026-02-01,at_least,1,\nrevenue,fiscal_quarter,2026-05-01,at_least,1,\n"
        "revenue,fiscal_quarter,2026-04-01,at_least,1,\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_settings(folder)
    assert "targets.csv:4: start_date 2026-04-01 is not the first day of a fiscal quarter" in str(
        caught.value
    )
    assert "targets.csv:2" not in str(caught.value)
    assert "targets.csv:3" not in str(caught.value)


def test_a_target_given_twice_is_named_at_its_line(folder: Path) -> None:
    row = "revenue,week,2026-01-05,at_least,1,\n"
    bad = "revenue,week,2026-01-12,at_least,x,\n"
    (folder / "targets.csv").write_text(HEADER + row + bad + row)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(folder)
    assert "targets.csv:3: value: Input should be a valid decimal" in str(caught.value)
    assert "targets.csv:4: revenue has a target by week from 2026-01-05 on already" in str(
        caught.value
    )


@pytest.mark.parametrize(
    "values",
    [
        # hs_analytics_source of every portal.
        ["ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "SOCIAL_MEDIA", "REFERRALS",
         "OTHER_CAMPAIGNS", "DIRECT_TRAFFIC", "OFFLINE", "PAID_SOCIAL", "AI_REFERRALS"],
        # Lead Source and Type of campaigns as new orgs of Salesforce have them.
        ["Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"],
        ["Advertisement", "Employee Referral", "External Referral", "Partner", "Public Relations",
         "Seminar - Internal", "Seminar - Partner", "Trade Show", "Web", "Word of mouth", "Other"],
        ["Conference", "Webinar", "Trade Show", "Public Relations", "Partners", "Referral Program",
         "Advertisement", "Banner Ads", "Direct Mail", "Email", "Telemarketing", "Other"],
    ],
    ids=["hubspot", "lead_source", "lead_source_before", "campaign_type"],
)  # fmt: skip
def test_what_new_orgs_and_portals_have_is_known(settings: Settings, values: list[str]) -> None:
    """So nobody is mailed about values they never chose."""
    known = {source.casefold() for each in settings.channels.channels for source in each.sources}
    assert {value.casefold() for value in values} - known == set()
