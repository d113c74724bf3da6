"""What a metric is cut by. Members come from the fact, their names from a dimension."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from include.tables import facts

Expression = sa.ColumnElement[Any]

# The member of events that have none. Never empty: that is the total.
NO_MEMBER = "(none)"


@dataclass(frozen=True, eq=False)
class Slice:
    """One way to cut a metric.

    `member` gives the member's id from a fact table; `missing` names the events without one.
    `labels` gives one row per member and name: `member`, `label`, and `known_from_at` (exclusive) and
    `known_to_at` of the as-ofs it is for; None where the id says it all.
    Where the fact has no column `through_column`, the member is that of the dimension `through`
    which its column `key` names, as it was at the moment of the event: last March's segment is
    last March's. With `is_of_key`, it is so wherever the fact has the column `key`. A person's slice
    marks small numbers.
    """

    id: str
    name: str
    member: Callable[[sa.Table], Expression]
    missing: str
    labels: Callable[[], sa.Select[Any]] | None = None
    through: sa.Table | None = None
    through_column: str = ""
    key: str = ""
    is_of_key: bool = False
    is_person: bool = False

    def is_joined(self, fact: sa.Table) -> bool:
        """Whether a dimension says the member of a fact's events, and not the fact itself."""
        if self.through is None:
            return False
        # The dimension itself, as a fact, is read as known at the as-of.
        is_named = self.key in fact.c and (self.is_of_key or fact is self.through)
        return is_named or self.through_column not in fact.c


def _column(name: str) -> Callable[[sa.Table], Expression]:
    """The member is a column of the fact."""
    return lambda fact: fact.c[name]


def _through(dimension: sa.Table, column: str, key: str) -> Callable[[str, str, str], Slice]:
    """A slice by a column of the fact, or else of the dimension that the fact's key names."""
    return lambda slice_id, name, missing: Slice(
        slice_id,
        name,
        _column(column),
        missing,
        through=dimension,
        through_column=column,
        key=key,
    )


def _quarter(day: Expression) -> Expression:
    """The calendar quarter of a day, such as 2026-Q4."""
    year, quarter = (sa.cast(sa.extract(part, day), sa.Integer) for part in ("year", "quarter"))
    return sa.cast(year, sa.Text).concat("-Q").concat(sa.cast(quarter, sa.Text))


def _names(member: sa.Column[Any], label: sa.Column[Any]) -> Callable[[], sa.Select[Any]]:
    """The label is a column of a dimension, the same in all rows of one member."""
    return lambda: _always(
        sa.select(member.label("member"), sa.func.max(label).label("label")).group_by(member)
    )


def _always(names: sa.Select[Any]) -> sa.Select[Any]:
    """Names that every as-of knows."""
    known = sa.cast(sa.null(), sa.DateTime(timezone=True))
    return names.add_columns(known.label("known_from_at"), known.label("known_to_at"))


def _user_names() -> sa.Select[Any]:
    """One row per user and name: each is the latest to as-ofs until the next one."""
    user = facts.user
    next_at = sa.func.lead(user.c.valid_from_at).over(
        partition_by=user.c.user_id, order_by=user.c.valid_from_at
    )
    return sa.select(
        user.c.user_id.label("member"),
        user.c.user_name.label("label"),
        user.c.valid_from_at.label("known_from_at"),
        next_at.label("known_to_at"),
    )


def _product_names() -> sa.Select[Any]:
    """One row per product on any line: member, and its name as label."""
    lines = sa.union_all(
        *(
            sa.select(line.c.product_id.label("member"), line.c.product_name.label("label")).where(
                line.c.product_id.is_not(None)
            )
            for line in (facts.deal_line, facts.recurring_line)
        )
    ).subquery("lines")
    return _always(
        sa.select(lines.c.member, sa.func.max(lines.c.label).label("label")).group_by(
            lines.c.member
        )
    )


TOTAL = Slice("total", "Total", lambda fact: sa.literal("", sa.Text), missing="")
OWNER = Slice("owner", "Owner", _column("owner_user_id"), "(no owner)", _user_names, is_person=True)
USER = Slice("user", "User", _column("user_id"), "(no user)", _user_names, is_person=True)
ROLE = Slice(
    "role",
    "Role",
    _column("role_id"),
    "(no role)",
    _names(facts.role.c.role_id, facts.role.c.role_name),
)
CHANNEL = Slice(
    "channel",
    "Channel",
    _column("channel"),
    "(no channel)",
    _names(facts.channel.c.channel, facts.channel.c.channel_name),
)
CAMPAIGN = Slice(
    "campaign",
    "Campaign",
    _column("campaign_id"),
    "(no campaign)",
    _names(facts.campaign.c.campaign_id, facts.campaign.c.campaign_name),
)
PIPELINE = Slice(
    "pipeline",
    "Pipeline",
    _column("pipeline_id"),
    "(no pipeline)",
    _names(facts.stage.c.pipeline_id, facts.stage.c.pipeline_name),
)
STAGE = Slice(
    "stage",
    "Stage",
    _column("stage_id"),
    "(stage not known)",
    _names(facts.stage.c.stage_id, facts.stage.c.stage_name),
)
SEGMENT = _through(facts.customer, "segment", "customer_id")(
    "segment", "Customer segment", "(no customer)"
)
COUNTRY = _through(facts.customer, "country", "customer_id")("country", "Country", "(no country)")
TEAM = _through(facts.user, "team_name", "owner_user_id")("team", "Team", "(no team)")
# Who did it, where that is not the owner of anything.
TEAM_OF_USER = _through(facts.user, "team_name", "user_id")("team", "Team", "(no team)")
# The team and the role somebody had then; of who did what, facts have the latest.
TEAM_OF_OWNER = replace(TEAM, is_of_key=True)
TEAM_OF_AGENT = replace(TEAM_OF_OWNER, key="agent_user_id")
TEAM_OF_CREATOR = replace(TEAM_OF_OWNER, key="creator_user_id")
ROLE_OF_OWNER = replace(
    ROLE, through=facts.user, through_column="role_id", key="owner_user_id", is_of_key=True
)
ROLE_OF_AGENT = replace(ROLE_OF_OWNER, key="agent_user_id")
ROLE_OF_USER = replace(ROLE_OF_OWNER, key="user_id")
CUSTOMER_OWNER = Slice(
    "customer_owner",
    "Owner of the customer",
    _column("owner_user_id"),
    "(no owner)",
    _user_names,
    through=facts.customer,
    through_column="owner_user_id",
    key="customer_id",
    is_person=True,
)
NEW_OR_EXISTING = Slice(
    "new_or_existing",
    "New or existing business",
    lambda fact: sa.case(
        (fact.c.is_new_business, "new"), (sa.not_(fact.c.is_new_business), "existing")
    ),
    "(not said)",
)
CAMPAIGN_TYPE = Slice("campaign_type", "Kind of campaign", _column("campaign_type"), "(no kind)")
PROFILE = Slice("profile", "Profile", _column("profile_name"), "(no profile)")
ACTIVITY_TYPE = Slice("activity_type", "Activity type", _column("activity_type"), "(no type)")
PRIORITY = Slice("priority", "Priority", _column("priority"), "(no priority)")
ORIGIN = Slice("origin", "Origin", _column("origin"), "(no origin)")
PRODUCT = Slice("product", "Product", _column("product_id"), "(no product)", _product_names)
# Of several products of a deal, or of a customer, one stands for all: so deals and customers are cut,
# and their money with them.
MAIN_PRODUCT = Slice(
    "main_product", "Main product", _column("product_id"), "(no product)", _product_names
)
LOST_FROM_STAGE = Slice(
    "lost_from_stage",
    "Stage it was lost from",
    _column("lost_from_stage_id"),
    "(stage not known)",
    _names(facts.stage.c.stage_id, facts.stage.c.stage_name),
)
LOST_REASON = Slice("lost_reason", "Why it was lost", _column("lost_reason"), "(no reason)")
COMPETITOR = Slice("competitor", "Competitor", _column("competitor"), "(none known)")
FORECAST_CATEGORY = Slice(
    "forecast_category", "Forecast category", _column("forecast_category"), "(none known)"
)
CLOSE_QUARTER = Slice(
    "close_quarter",
    "Quarter of expected closing",
    lambda fact: _quarter(fact.c.expected_close_date),
    "(no date)",
)


def _size_band(fact: sa.Table) -> Expression:
    """The band a deal's value lies in, in the reporting currency; NULL without a value."""
    value, lower = fact.c.deal_amount, 0
    cases: list[tuple[Expression, Expression]] = [(value < 0, sa.literal("below 0", sa.Text))]
    for number, upper in enumerate(SIZE_BANDS, 1):
        band = f"{number}: {lower:,} to {upper:,}"
        cases.append((value < upper, sa.literal(band, sa.Text)))
        lower = upper
    band = f"{len(SIZE_BANDS) + 1}: {lower:,} and more"
    return sa.case(*cases, (value >= lower, sa.literal(band, sa.Text)))


# Upper ends of the bands of deal sizes, each outside its band.
SIZE_BANDS = (1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000)
SIZE_BAND = Slice("size_band", "Size of the deal", _size_band, "(no amount)")


def _cohort(fact: sa.Table) -> Expression:
    """The month a customer was acquired in; no member where the fact does not say, as what was sold."""
    if "cohort_month_date" not in fact.c:
        return sa.cast(sa.null(), sa.Text)
    return sa.cast(fact.c.cohort_month_date, sa.Text)


COHORT = Slice("cohort", "Month of acquisition", _cohort, "(never a customer)")
# Who came through a channel, whatever the deals with it came through.
CUSTOMER_CHANNEL = Slice(
    "channel",
    "Channel",
    _column("channel"),
    "(no channel)",
    _names(facts.channel.c.channel, facts.channel.c.channel_name),
    through=facts.customer,
    through_column="channel",
    key="customer_id",
)
# The same of deals, which have a channel of their own.
BUYER_CHANNEL = replace(CUSTOMER_CHANNEL, is_of_key=True)
MOVEMENT = Slice("movement", "Movement", _column("movement"), "(not known)")
AGENT = Slice("agent", "Agent", _column("agent_user_id"), "(no agent)", _user_names, is_person=True)
SURVEY = Slice(
    "survey",
    "Survey",
    _column("survey_id"),
    "(no survey)",
    _names(facts.survey_response.c.survey_id, facts.survey_response.c.survey_name),
)
INVITED_SURVEY = Slice(
    "survey",
    "Survey",
    _column("survey_id"),
    "(no survey)",
    _names(facts.survey_invitation.c.survey_id, facts.survey_invitation.c.survey_name),
)
STORE = Slice("store", "Shop", _column("store_name"), "(no shop)")
CREATOR_ROLE = Slice(
    "creator_role",
    "Role of the creator",
    _column("creator_role_id"),
    "(no role)",
    _names(facts.role.c.role_id, facts.role.c.role_name),
)
CREATOR = Slice(
    "creator", "Creator", _column("creator_user_id"), "(no user)", _user_names, is_person=True
)
FEATURE = Slice("feature", "Feature", _column("feature"), "(not known)")
