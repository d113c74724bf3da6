"""What the sandbox's portal says beside its records: owners, pipelines, account, activity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.account import Account
from include.sandbox.columns import epoch_milliseconds
from include.sandbox.hubspot_columns import object_columns, visible_positions
from include.sandbox.hubspot_errors import invalid, missing_scopes, not_found
from include.sandbox.hubspot_history import hubspot_stamp
from include.sandbox.hubspot_objects import batch_answer, whole_number
from include.sandbox.hubspot_paging import Paging
from include.sandbox.hubspot_schema import TYPE_IDS, HubSpotSchema
from include.sandbox.messages import Request, Response, json_response
from include.sandbox.rate_limits import RateLimits
from include.sandbox.store import Store
from include.sandbox.table import Record

_CAMPAIGN_BATCH_LIMIT = 50


class Settings:
    """Answers the endpoints that are not CRM objects."""

    def __init__(
        self,
        store: Store,
        schema: HubSpotSchema,
        account: Account,
        limits: RateLimits,
        paging: Paging,
    ) -> None:
        self._store = store
        self._schema = schema
        self._account = account
        self._limits = limits
        self._paging = paging

    def properties(self, request: Request, parts: Sequence[str]) -> Response:
        """GET properties/{type} and properties/{type}/{name}."""
        name = self._schema.object_type(parts[0])
        known = self._schema.properties(name)
        if len(parts) == 1:
            # Sensitive ones are shown to who asks for them only.
            level = request.argument("dataSensitivity") or "non_sensitive"
            self._schema.require_sensitivity(name, level)
            wanted = (request.flag("archived"), level)
            described = [p.describe() for p in self._schema.described(name)]
            found = [p for p in described if (p["archived"], p["dataSensitivity"]) == wanted]
            return json_response({"results": found})
        if parts[1] == "groups":
            return self._property_groups(parts[2:])
        if parts[1] not in known:
            raise not_found(f"Property {parts[1]} does not exist")
        return json_response(known[parts[1]].describe())

    def _property_groups(self, parts: Sequence[str]) -> Response:
        """GET properties/{type}/groups and one of them; every property is in the same."""
        group = {
            "name": "information",
            "label": "Information",
            "displayOrder": 0,
            "archived": False,
        }
        if not parts:
            return json_response({"results": [group]})
        if list(parts) != [group["name"]]:
            raise not_found()
        return json_response(group)

    def owners(self, request: Request, parts: Sequence[str]) -> Response:
        """GET owners, archived or not, and owners/{id}."""
        self._require("owners", "crm.objects.owners.read")
        archived, email = request.flag("archived"), request.argument("email")
        owners = [o for o in self._store.document("owners") if bool(o.get("archived")) == archived]
        if parts:
            id_property = request.argument("idProperty", "id")
            found = [o for o in owners if str(o.get(id_property)) == parts[0]]
            if not found:
                raise not_found()
            return json_response(found[0])
        if email:
            owners = [o for o in owners if o.get("email") == email]
        return json_response(self._page(request, owners, default=100, most=500))

    def pipelines(self, parts: Sequence[str]) -> Response:
        """GET pipelines/{type}, one of them, its stages, and one of those."""
        name = self._schema.object_type(parts[0])
        listing = f"pipelines_{name}"
        self._require(listing, f"crm.pipelines.{name}.read")
        found = self._store.document(listing) if listing in self._store.hubspot else []
        if len(parts) == 1:
            return json_response({"results": found})
        pipeline = next((p for p in found if str(p["id"]) == parts[1]), None)
        if pipeline is None:
            raise not_found()
        if len(parts) == 2:
            return json_response(pipeline)
        if parts[2:] == ["stages"]:
            return json_response({"results": pipeline["stages"]})
        stage = next((s for s in pipeline["stages"] if s["id"] == parts[-1]), None)
        if stage is None:
            raise not_found()
        return json_response(stage)

    def record_limits(self) -> Response:
        """GET limits/records: how many records there are of each type."""
        types = []
        for name in self._schema.names:
            table = self._store.hubspot[name]
            count = len(visible_positions(table, object_columns(table, {}), archived=False))
            types.append(
                {
                    "objectTypeId": TYPE_IDS.get(name, name),
                    "singularLabel": name,
                    "pluralLabel": name,
                    "limit": 15_000_000,
                    "usage": count,
                    "percentage": count / 150_000,
                }
            )
        custom = {"byObjectType": [], "overallLimit": 500_000, "overallUsage": 0}
        return json_response({"hubspotDefinedObjectTypes": types, "customObjectTypes": custom})

    def account_info(self, request: Request, parts: Sequence[str]) -> Response:
        """GET account-info: details, the day's usage of the API, and login activity."""
        if list(parts) == ["details"]:
            return json_response(self._account.hubspot_details)
        if list(parts) == ["api-usage", "daily", "private-apps"]:
            usage = {
                "name": "private-apps-api-calls-daily",
                "usageLimit": self._limits.hubspot_daily,
                "currentUsage": self._limits.hubspot_used,
                "collectedAt": hubspot_stamp(self._store.clock()),
                "fetchStatus": "SUCCESS",
                "resetsAt": hubspot_stamp(self._midnight()),
            }
            return json_response({"results": [usage]})
        if list(parts) == ["activity", "login"]:
            self._require("logins", "account-info.security.read")
            logins = self._logins()
            if user := request.argument("userId"):
                logins = [entry for entry in logins if str(entry.get("userId")) == user]
            return json_response(self._page(request, logins, default=100, most=500))
        raise not_found()

    def currencies(self, request: Request, parts: Sequence[str]) -> Response:
        """GET currencies: rates ever set in pages, those in force, and the company's currency."""
        self._require("exchange_rates", "settings.currencies.read")
        known = self._store.document("exchange_rates")
        for side in ("fromCurrencyCode", "toCurrencyCode"):
            if code := request.argument(side):
                known = [rate for rate in known if rate[side] == code]
        if list(parts) == ["exchange-rates"]:
            return json_response(self._page(request, known, default=100, most=100))
        if list(parts) == ["exchange-rates", "current"]:
            by_instant = sorted(known, key=lambda rate: epoch_milliseconds(rate["effectiveAt"]))
            current = {(r["fromCurrencyCode"], r["toCurrencyCode"]): r for r in by_instant}
            return json_response({"results": list(current.values())})
        if list(parts) == ["company-currency"]:
            code = self._account.hubspot_details["companyCurrency"]
            return json_response({"currencyCode": code, "currencyName": code})
        raise not_found()

    def seconds_to_midnight(self) -> int:
        """How long the day's quota still lasts."""
        return math.ceil((self._midnight() - self._store.clock()).total_seconds())

    def _midnight(self) -> datetime:
        """When the day ends in the account's time zone."""
        zone = ZoneInfo(self._account.hubspot_details["timeZone"])
        local = self._store.clock().astimezone(zone)
        return datetime.combine(local.date() + timedelta(days=1), time(), zone)

    def campaigns(self, request: Request, parts: Sequence[str]) -> Response:
        """Marketing campaigns: list, one by its guid, and batch read."""
        self._require("campaigns", "marketing.campaigns.read")
        known = self._store.document("campaigns")
        if not parts:
            names = request.arguments("properties")
            order = request.argument("sort", "hs_name")
            key = order.lstrip("-")
            known.sort(
                key=lambda c: str(c.get(key) or c["properties"].get(key) or ""),
                reverse=order.startswith("-"),
            )
            page = self._page(request, known, default=50, most=100)
            page["results"] = [_campaign(c, names) for c in page["results"]]
            return json_response({"total": len(known), **page})
        by_id = {str(campaign["id"]): campaign for campaign in known}
        if list(parts) == ["batch", "read"]:
            asked = [str(entry["id"]) for entry in request.json().get("inputs", [])]
            if len(asked) > _CAMPAIGN_BATCH_LIMIT:
                raise invalid(f"The maximum batch size is {_CAMPAIGN_BATCH_LIMIT}.")
            names = request.arguments("properties")
            found = [_campaign(by_id[key], names) for key in asked if key in by_id]
            return batch_answer(found, [])
        if len(parts) > 1 or parts[0] not in by_id:
            raise not_found()
        return json_response(_campaign(by_id[parts[0]], request.arguments("properties")))

    def forms(self, request: Request, parts: Sequence[str]) -> Response:
        """Marketing forms: list, of HubSpot's own kind unless others are named, and one by id."""
        self._require("forms", "forms")
        known = self._store.document("forms")
        if not parts:
            types = request.arguments("formTypes") or ["hubspot"]
            archived = request.flag("archived")
            found = [
                form
                for form in known
                if bool(form.get("archived")) == archived and form.get("formType") in types
            ]
            return json_response(self._page(request, found, default=20, most=100))
        form = next((f for f in known if f["id"] == parts[0]), None)
        if form is None or len(parts) > 1:
            raise not_found()
        return json_response(form)

    def form_submissions(self, request: Request, parts: Sequence[str]) -> Response:
        """GET submissions/forms/{guid}: who filled a form in, the newest first."""
        self._require("forms", "forms")
        form = next((f for f in self._store.document("forms") if f["id"] == parts[-1]), None)
        if form is None:
            raise not_found()
        if form.get("formType") == "blog_comment":
            raise invalid("Submissions of this type of form cannot be read.")
        found = [
            row for row in self._store.document("form_submissions") if row["form"] == parts[-1]
        ]
        found.sort(key=lambda row: row["submittedAt"], reverse=True)
        shown = ("submittedAt", "values", "pageUrl")
        rows = [{"conversionId": row["id"], **{k: row[k] for k in shown}} for row in found]
        return json_response(self._page(request, rows, default=20, most=50))

    def _logins(self) -> list[Record]:
        """Every attempt to log in, the newest first."""
        table = self._store.hubspot["logins"]
        return table.remember(
            "newest first",
            lambda: sorted(table.records(), key=lambda entry: entry["loginAt"], reverse=True),
        )

    def _page(
        self, request: Request, entries: Sequence[Any], default: int, most: int
    ) -> dict[str, Any]:
        """One page of a listing, with a position as its cursor."""
        limit = whole_number(request.argument("limit") or str(default), "limit")
        if not 0 < limit <= most:
            raise invalid(f"limit must be between 1 and {most}")
        start = self._paging.read(request.argument("after"))
        held, following = self._paging.by_position(start, limit, len(entries))
        page: dict[str, Any] = {"results": list(entries[held])}
        if following is not None:
            page["paging"] = self._paging.next(request, following)
        return page

    def _require(self, listing: str, scope: str) -> None:
        if not self._store.permissions.may_read("hubspot", listing):
            raise missing_scopes(scope)


def _campaign(campaign: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """A campaign with the properties asked for, none when none were."""
    known = campaign["properties"]
    return {**campaign, "properties": {n: known.get(n) for n in names if n in known}}
