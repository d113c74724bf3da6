"""What a connection found out for one metric that the next one asks for as well."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any, TypeVar

import sqlalchemy as sa

from include.metrics.metric import Metric
from include.metrics.periods import AsOfs
from include.metrics.wanted import analyze, create_temporary, create_temporary_tables

Made = TypeVar("Made")


class Kept:
    """The temporary tables of one connection, each kept until other rows of it are wanted.

    Most metrics of a day want the same periods. Those that compare customers differ in what they count
    and not in whom they compare, and to prepare that is most of what each of them costs.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._wants: dict[str, Any] = {}
        self._made: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is made of the key, which says all it follows from besides the facts."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    def has(self, name: str, wants: Any) -> bool:
        """Whether a table of this name holds what is wanted; if not, who asks has to fill it.

        `wants` is all that its rows follow from, besides the facts.
        """
        if self._wants.get(name) == wants:
            return True
        self._wants[name] = wants
        return False

    def fill(self, table: sa.Table, wants: Any, as_ofs: AsOfs) -> None:
        """Make a prepared table of what the wanted tables hold, unless it is there already."""
        if self.has(table.name, wants):
            return
        self._drop(table)
        create_temporary(self._connection, table)
        rows = table.info["rows"](as_ofs)
        names = [column.name for column in rows.selected_columns]
        self._connection.execute(table.insert().from_select(names, rows))
        analyze(self._connection, table)

    def _drop(self, table: sa.Table) -> None:
        """Drop a table that may not be there, and never one of somebody else's of that name."""
        self._connection.exec_driver_sql(f'drop table if exists pg_temp."{table.name}"')


@contextmanager
def temporary_tables(connection: sa.Connection) -> Iterator[Kept]:
    """The temporary tables of a connection, all of which are gone in the end."""
    try:
        with connection.begin():
            create_temporary_tables(connection)
        yield Kept(connection)
    except BaseException:
        # They go with the session, and what failed may have been the session itself.
        connection.invalidate()
        raise
    with connection.begin():
        connection.exec_driver_sql("discard temp")


def sharing(metrics: Sequence[Metric], spans: dict[str, frozenset[str]]) -> list[list[Metric]]:
    """Those together that are likely to want the same rows of the same tables, which take longest and
    come first; each of the others by itself, after those that are likely to want the same periods.
    """

    def wants(metric: Metric) -> tuple[list[str], list[str]]:
        names = [table.name for table in metric.facts if "rows" in table.info]
        return sorted(names), sorted(spans[metric.id])

    preparing = sorted((metric for metric in metrics if wants(metric)[0]), key=wants)
    others = sorted((metric for metric in metrics if not wants(metric)[0]), key=_periods_wanted)
    return [list(group) for _, group in groupby(preparing, key=wants)] + [[each] for each in others]


def _periods_wanted(metric: Metric) -> tuple[Any, ...]:
    """What says most of which periods a metric is computed for, and how many as-ofs at once."""
    stretches = metric.reads_at_moment, metric.looks_at_all_members
    reach = metric.trailing_periods, metric.maturity_days, metric.history_days
    return metric.grains, *reach, *stretches
