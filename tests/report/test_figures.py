"""Which of the values stored of a week a report takes."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from include.report.figures import read_figures
from tests.report.metric_rows import AS_OF, WEEK, insert, row


def test_a_member_that_lost_its_deals_since_is_not_shown_with_them(warehouse: sa.Engine) -> None:
    """Ana's only deal, of 100, became Ben's after Monday: two members of 100 would make 200."""
    ana = {"slice_id": "owner", "slice_value": "u1", "slice_label": "Ana"}
    ben = {"slice_id": "owner", "slice_value": "u2", "slice_label": "Ben"}
    monday = {"as_of_at": AS_OF - timedelta(days=1)}
    insert(
        warehouse,
        [
            row("revenue", WEEK, "100", **monday),
            row("revenue", WEEK, "100", **monday, **ana),
            row("revenue", WEEK, "100", as_of_at=AS_OF),
            row("revenue", WEEK, "100", as_of_at=AS_OF, **ben),
        ],
    )

    def owners(as_of_at: object) -> list[str]:
        with warehouse.connect() as connection:
            figures = read_figures(
                connection, ["revenue"], [], ["owner"], WEEK, 1, as_of_at, "Europe/Berlin"
            )
        return [figure.slice_label for figure in figures.members("revenue", "owner", WEEK)]

    assert owners(AS_OF) == ["Ben"]
    assert owners(AS_OF - timedelta(hours=1)) == ["Ana"]
