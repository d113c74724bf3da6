"""The company's choices: every file of `include/config`, read and checked as a whole.

A mistake is reported with file, line and remedy, all of them at once, before anything runs.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator

from include.core.errors import ConfigurationError
from include.core.settings_audiences import Audiences, recipients_outside
from include.core.settings_customers import Customers, frequency_field_not_read
from include.core.settings_deals import Deals, deal_fields_not_read
from include.core.settings_ledgers import (
    CurrencyCode,
    ExchangeRate,
    ProductCost,
    Quota,
    Target,
    costs_given_twice,
    rates_out_of_place,
    targets_out_of_place,
)
from include.core.settings_service import Service
from include.core.settings_sources import Sources
from include.core.strict import Strict, folded_text

Model = TypeVar("Model", bound=BaseModel)
# Every task and every parse of a DAG reads the settings; in C that takes a tenth of the time.
_BASE: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
NOT_UTF_8 = "is not in UTF-8. Save it anew as UTF-8, which spreadsheets call CSV UTF-8."


class _Loader(_BASE):
    """A safe loader that names the line of whatever it refuses."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; a key given twice is refused, for the first would silently count for nothing."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                problem = f"{key.value} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """What stands there; a day that no month has, such as 2026-02-30, is a mistake of its line."""
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(
                None, None, str(error), node.start_mark
            ) from error


class Calendar(Strict):
    """calendar.yaml."""

    time_zone: str
    currency: CurrencyCode
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=12)]
    trailing_periods: Annotated[int, Field(ge=1)]

    @field_validator("time_zone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        """Refuse a zone the time zone database does not have."""
        if value not in available_timezones():
            raise ValueError(
                f"{value!r} is not a time zone; use an IANA name such as Europe/Berlin"
            )
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The reporting time zone."""
        return ZoneInfo(self.time_zone)


class Channel(Strict):
    """One channel of the taxonomy and the source values that mean it."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    name: str
    marketing: bool
    sources: list[str]


class Channels(Strict):
    """channels.yaml."""

    channels: list[Channel]

    @field_validator("channels")
    @classmethod
    def unambiguous(cls, value: list[Channel]) -> list[Channel]:
        """Refuse a missing `unknown` channel, one that is there twice, and a source value of two."""
        ids = [channel.id for channel in value]
        if "unknown" not in ids:
            raise ValueError("a channel with id `unknown` is needed for values no channel lists")
        for channel_id in ids:
            if ids.count(channel_id) > 1:
                raise ValueError(
                    f"there are two channels {channel_id}; list the sources of both in one"
                )
        seen: dict[str, str] = {}
        for channel in value:
            for source in channel.sources:
                other = seen.setdefault(folded_text(source), channel.id)
                if other != channel.id:
                    raise ValueError(f"{source!r} is listed for both {other} and {channel.id}")
        return value


class Cost(Strict):
    """One row of costs.csv, the cost ledger. Without the column segment no cost is of one."""

    cost_date: date
    amount: Decimal
    currency_code: CurrencyCode
    category: Literal["acquisition", "retention"]
    channel: str | None
    campaign_id: str | None
    segment: Literal["small", "medium", "large", "unknown"] | None = None
    note: str | None


@dataclass(frozen=True)
class Settings:
    """All choices of one installation. `targets` are by their line, so that what is found wrong with
    one against its metric can be told where it stands.
    """

    sources: Sources
    calendar: Calendar
    channels: Channels
    audiences: Audiences
    exchange_rates: tuple[ExchangeRate, ...]
    costs: tuple[Cost, ...]
    customers: Customers = dataclass_field(default_factory=Customers)
    deals: Deals = dataclass_field(default_factory=Deals)
    service: Service = dataclass_field(default_factory=Service)
    quotas: tuple[Quota, ...] = ()
    product_costs: tuple[ProductCost, ...] = ()
    targets: dict[int, Target] = dataclass_field(default_factory=dict)


def load_settings(folder: Path) -> Settings:
    """Read and check every file of a configuration folder.

    Raises:
        ConfigurationError: naming each file, line, what is wrong there and what to do.
    """
    problems: list[str] = []
    sources = read_yaml(folder / "sources.yaml", Sources, problems)
    calendar = read_yaml(folder / "calendar.yaml", Calendar, problems)
    channels = read_yaml(folder / "channels.yaml", Channels, problems)
    audiences = read_yaml(folder / "audiences.yaml", Audiences, problems)
    customers = _optional_yaml(folder / "customers.yaml", Customers, problems)
    deals = _optional_yaml(folder / "deals.yaml", Deals, problems)
    service = _optional_yaml(folder / "service.yaml", Service, problems)
    rates = _csv(folder / "exchange_rates.csv", ExchangeRate, problems)
    costs = _csv(folder / "costs.csv", Cost, problems)
    quotas = _optional_csv(folder / "quotas.csv", Quota, problems)
    product_costs = _optional_csv(folder / "product_costs.csv", ProductCost, problems)
    targets = _optional_csv(folder / "targets.csv", Target, problems)
    problems += [
        f"{folder / 'product_costs.csv'}:{line}: {cost.product!r} has a cost from "
        f"{cost.valid_from_date} on already. Remove one of the rows, or correct its day."
        for line, cost in costs_given_twice(product_costs)
    ]
    if sources is not None:
        problems += _deal_fields_not_read(folder / "deals.yaml", deals, sources)
        problems += _frequency_field_not_read(folder / "customers.yaml", customers, sources)
    if calendar is not None:
        problems += [
            f"{folder / 'exchange_rates.csv'}:{line}: {problem}"
            for line, problem in rates_out_of_place(rates, calendar.currency)
        ]
        first_month = calendar.fiscal_year_start_month
        problems += [
            f"{folder / 'targets.csv'}:{line}: {problem}"
            for line, problem in targets_out_of_place(targets, first_month)
        ]
    if audiences is not None:
        problems += _recipients_outside(folder / "audiences.yaml", audiences)
    if channels is not None:
        known = {channel.id for channel in channels.channels}
        problems += [
            f"{folder / 'costs.csv'}:{line}: channel {cost.channel!r} is not in channels.yaml. "
            "Add the channel there, or correct it here."
            for line, cost in costs.items()
            if cost.channel and cost.channel not in known
        ]
    if problems or sources is None or calendar is None or channels is None or audiences is None:
        raise unusable(problems)
    return Settings(
        sources,
        calendar,
        channels,
        audiences,
        tuple(rates.values()),
        tuple(costs.values()),
        customers,
        deals,
        service,
        tuple(quotas.values()),
        tuple(product_costs.values()),
        targets,
    )


def unusable(problems: list[str]) -> ConfigurationError:
    """All mistakes at once."""
    return ConfigurationError(
        "The configuration is not usable:\n" + "\n".join(problems),
        "\nCorrect these lines and start again; nothing has run.",
    )


def _recipients_outside(path: Path, audiences: Audiences) -> list[str]:
    """Problems with recipients outside the allowed domains."""
    return [
        f"{path}:{_line_of(path, location)}: {recipient} is not in an allowed domain. Add its domain "
        "to allowed_domains, or remove the recipient."
        for location, recipient in recipients_outside(audiences)
    ]


def _deal_fields_not_read(path: Path, deals: Deals, sources: Sources) -> list[str]:
    """Problems with fields of deals that nothing reads."""
    custom_fields = {
        "salesforce": sources.salesforce.custom_fields,
        "hubspot": sources.hubspot.custom_fields,
    }
    return [
        f"{path}:{_line_of(path, location)}: {'.'.join(location)}: {problem}"
        for location, problem in deal_fields_not_read(deals, custom_fields)
    ]


def _frequency_field_not_read(path: Path, customers: Customers, sources: Sources) -> list[str]:
    """The problem with a field for how often something is billed that nothing reads."""
    problem = frequency_field_not_read(customers, sources.salesforce.custom_fields)
    key = "salesforce_frequency_field"
    line = f"{path}:{_line_of(path, ('recurring', key))}" if problem else ""
    return [f"{line}: recurring.{key}: {problem}"] if problem else []


def read_yaml(path: Path, model: type[Model], problems: list[str]) -> Model | None:
    """A checked YAML file; None, and problems, when it is not usable."""
    try:
        given = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe one
        return model.model_validate(given or {})
    except OSError as error:
        problems.append(
            f"{path}: cannot be read ({error.strerror}). Restore it from the repository."
        )
    except UnicodeDecodeError:
        problems.append(f"{path}: {NOT_UTF_8}")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problems.append(
            f"{path}:{line}: not YAML: {getattr(error, 'problem', error)}. Check keys, indentation and quotes."
        )
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            where = ".".join(str(step) for step in detail["loc"]) or "the file"
            problems.append(
                f"{path}:{_line_of(path, detail['loc'])}: {where}: {detail['msg']}"
                f"{_got(detail)}. See the comment beside it in the file."
            )
    return None


def _optional_yaml(path: Path, model: type[Model], problems: list[str]) -> Model:
    """A checked YAML file; what the model has by itself where there is none, or it has problems."""
    found = read_yaml(path, model, problems) if path.exists() else None
    return found or model()


def _optional_csv(path: Path, model: type[Model], problems: list[str]) -> dict[int, Model]:
    """The checked rows of a CSV file by line; none where there is no file, or nothing in it."""
    is_there = path.exists() and path.stat().st_size > 0
    return _csv(path, model, problems) if is_there else {}


def _csv(path: Path, model: type[Model], problems: list[str]) -> dict[int, Model]:
    """The checked rows, by line, of a CSV file whose header names the model's fields.

    A field the model has a value for may be missing from the header.
    """
    rows: dict[int, Model] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            given = reader.fieldnames or ()
            expected = [
                name
                for name, field in model.model_fields.items()
                if field.is_required() or name in given
            ]
            if reader.fieldnames != expected:
                problems.append(
                    f"{path}:1: the header must be {','.join(expected)}. Correct the first line."
                )
                return rows
            for row in reader:
                values = {name: value or None for name, value in row.items()}
                try:
                    rows[reader.line_num] = model.model_validate(values)
                except ValidationError as error:
                    problems += [
                        f"{path}:{reader.line_num}: {'.'.join(map(str, detail['loc']))}: {detail['msg']}"
                        f"{_got(detail)}. Correct the row."
                        for detail in error.errors(include_url=False)
                    ]
    except OSError as error:
        problems.append(
            f"{path}: cannot be read ({error.strerror}). Restore it from the repository."
        )
    except UnicodeDecodeError:
        problems.append(f"{path}: {NOT_UTF_8}")
    except csv.Error as error:
        problems.append(
            f"{path}:{max(rows, default=1) + 1}: not CSV: {error}. Check the quotes in this row."
        )
    return rows


def _got(detail: Any) -> str:
    """What stood there, when it is short enough to print."""
    value = detail.get("input")
    return (
        f" (got {value!r})"
        if isinstance(value, str | int | float) and len(repr(value)) < 60
        else ""
    )


def _line_of(path: Path, location: tuple[Any, ...]) -> int:
    """Line of the value at a path of keys and positions, or of the nearest node above it."""
    node = yaml.compose(path.read_text(encoding="utf-8"), _Loader)
    line = 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(step)]
            if not found:
                break
            key, node = found[0]
            line = key.start_mark.line + 1
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value)
        ):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
