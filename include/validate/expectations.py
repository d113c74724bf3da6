"""Great Expectations as this project uses it: quiet, offline, one context per task.

Contexts are never shared between threads: results of one then appear in the other. Results are
merged over the frames of a batch and stored as files, from which the Data Docs are built.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

# Before the import: it reports every function it registers, 213 lines of them, at INFO.
logging.getLogger("great_expectations").setLevel(logging.WARNING)

import great_expectations as gx  # noqa: E402
import pandas as pd  # noqa: E402
from great_expectations.core import (  # noqa: E402
    ExpectationSuite,
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
    RunIdentifier,
)
from great_expectations.core.batch_definition import BatchDefinition  # noqa: E402
from great_expectations.data_context import EphemeralDataContext  # noqa: E402
from great_expectations.data_context.types.base import (  # noqa: E402
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.data_context.types.resource_identifiers import (  # noqa: E402
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)
from great_expectations.datasource.fluent.interfaces import Batch  # noqa: E402
from great_expectations.exceptions import DataContextError  # noqa: E402

from include.validate.rules import Rule  # noqa: E402

# Whether a rule holds costs half of what it costs to name the rows that break it.
HOLDS = {"result_format": "BOOLEAN_ONLY", "return_unexpected_index_query": False}
EVERY_ROW = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
EXAMPLES_KEPT = 20


@dataclass
class Outcome:
    """What became of one rule: rows looked at, rows that broke it, and their index labels.

    `error` is set when the rule could not be evaluated, which counts as broken.
    """

    rule: Rule
    checked_count: int = 0
    unexpected_count: int = 0
    rows: list[int] = field(default_factory=list)
    observed: str = ""
    error: str = ""

    @property
    def is_success(self) -> bool:
        """No row broke the rule."""
        return not self.error and self.unexpected_count == 0


class Checker:
    """Checks frames against rules and keeps the merged result for the Data Docs."""

    def __init__(self, name: str, rules: list[Rule], context: EphemeralDataContext) -> None:
        self.outcomes = [Outcome(rule) for rule in rules]
        self._name = name
        self._context = context
        self._merged: ExpectationSuiteValidationResult | None = None

    # Made when there is something to check: on most days half of the objects have nothing new.
    @cached_property
    def _suite(self) -> ExpectationSuite:
        """The rules as Great Expectations takes them."""
        return ExpectationSuite(
            name=self._name,
            expectations=[
                {
                    "type": outcome.rule.expectation,
                    "kwargs": outcome.rule.arguments,
                    "severity": outcome.rule.severity,
                    "description": outcome.rule.words,
                    "meta": {"position": position},
                }
                for position, outcome in enumerate(self.outcomes)
            ],
        )

    @cached_property
    def _batches(self) -> BatchDefinition[Any]:
        """What frames are handed in by."""
        asset = self._context.data_sources.pandas_default.add_dataframe_asset(self._name)
        return asset.add_batch_definition_whole_dataframe("frame")

    def check(self, frame: pd.DataFrame) -> None:
        """Add what the rules say of one more frame; its index labels name the rows."""
        batch = self._batches.get_batch({"dataframe": frame})
        # `validate` on the batch stores nothing, so a value that JSON cannot hold cannot abort it.
        result = batch.validate(self._suite, result_format=HOLDS)
        for outcome in self.outcomes:
            outcome.checked_count += len(frame)
        for one in self._broken(batch, result):
            outcome = self._outcome_of(one)
            outcome.error = outcome.error or _raised(one.exception_info)
            detail = one.result or {}
            labels = detail.get("unexpected_index_list") or []
            outcome.rows += labels
            outcome.unexpected_count += len(labels)
            if not one.success and not labels and not outcome.error:
                outcome.unexpected_count += 1
                outcome.observed = str(detail.get("observed_value", ""))
        self._merge(result)

    def keep(self, run_id: str, checked_at: datetime) -> None:
        """Store the suite and the merged result where the Data Docs find them."""
        if self._merged is None:
            return
        for one in self._merged.results:
            outcome = self._outcome_of(one)
            one.success = outcome.is_success
            one.result = {
                "element_count": outcome.checked_count,
                "unexpected_count": outcome.unexpected_count,
                "unexpected_percent": 100
                * outcome.unexpected_count
                / max(1, outcome.checked_count),
                "partial_unexpected_list": outcome.rows[:EXAMPLES_KEPT],
            }
        self._merged.success = all(
            outcome.is_success for outcome in self.outcomes if outcome.rule.severity == "critical"
        )
        held = sum(outcome.is_success for outcome in self.outcomes)
        self._merged.statistics = {
            "evaluated_expectations": len(self.outcomes),
            "successful_expectations": held,
            "unsuccessful_expectations": len(self.outcomes) - held,
            "success_percent": 100 * held / max(1, len(self.outcomes)),
        }
        run = RunIdentifier(run_name=run_id, run_time=checked_at)
        self._merged.meta["run_id"] = run
        key = ValidationResultIdentifier(
            expectation_suite_identifier=ExpectationSuiteIdentifier(name=self._name),
            run_id=run,
            batch_identifier=self._name,
        )
        # Of a check before, as when a task is tried again: to update a suite compares all with all.
        with contextlib.suppress(DataContextError):
            self._context.suites.delete(self._name)
        self._context.suites.add(self._suite)
        self._context.validation_results_store.set(key, self._merged)

    def _broken(
        self, batch: Batch, result: ExpectationSuiteValidationResult
    ) -> list[ExpectationValidationResult]:
        """The results of the rules that do not hold, with every row that breaks them."""
        broken = {self._position_of(one) for one in result.results if not one.success}
        if not broken:
            return []
        expectations = [
            expectation
            for expectation in self._suite.expectations
            if (expectation.meta or {})["position"] in broken
        ]
        suite = ExpectationSuite(name=self._name, expectations=expectations)
        return batch.validate(suite, result_format=EVERY_ROW).results

    def _outcome_of(self, result: ExpectationValidationResult) -> Outcome:
        """The outcome a single result adds to."""
        return self.outcomes[self._position_of(result)]

    @staticmethod
    def _position_of(result: ExpectationValidationResult) -> int:
        """The place of its rule among the rules."""
        assert result.expectation_config is not None
        return result.expectation_config.meta["position"]

    def _merge(self, result: ExpectationSuiteValidationResult) -> None:
        """Keep the first frame's result as the shell of the merged one, without its row lists."""
        if self._merged is None:
            for one in result.results:
                one.result = {}
            self._merged = result


def context_with_files(results_folder: Path) -> EphemeralDataContext:
    """A context of this task's own whose results and docs are files that other tasks see."""
    defaults = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)

    def files(folder: str) -> dict[str, Any]:
        return {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(results_folder / folder),
        }

    stores = {
        **defaults.stores,
        "validation_results_store": {
            "class_name": "ValidationResultsStore",
            "store_backend": files("results"),
        },
        "expectations_store": {"class_name": "ExpectationsStore", "store_backend": files("suites")},
    }
    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            stores=stores,
            expectations_store_name="expectations_store",
            validation_results_store_name="validation_results_store",
            checkpoint_store_name=defaults.checkpoint_store_name,
            fluent_datasources={},
            data_docs_sites={
                "local": {
                    "class_name": "SiteBuilder",
                    "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                    "store_backend": files("docs"),
                }
            },
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )


def build_data_docs(results_folder: Path) -> Path:
    """Render the stored results as pages; the index page."""
    context_with_files(results_folder).build_data_docs()
    return results_folder / "docs" / "index.html"


def forget_results(folder: Path, before: datetime) -> None:
    """Remove the results and pages of runs of which nothing was written since an instant.

    Each run leaves some twenty megabytes, on a disk that nobody watches. What every rule came to stays
    in ops.expectation_result.
    """
    for of_run in folder.iterdir() if folder.exists() else ():
        newest = max(path.stat().st_mtime for path in (of_run, *of_run.rglob("*")))
        if newest < before.timestamp():
            shutil.rmtree(of_run)


def _raised(exception_info: Any) -> str:
    """The message of an exception inside an expectation, which Great Expectations only notes."""
    info = exception_info or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    return next(
        (str(entry["exception_message"]) for entry in entries if entry.get("raised_exception")), ""
    )
