"""How tasks fail: what is worth another try is tried again, what needs a person stops at once.

A CRM, a mail server or the warehouse may be away for an hour, and nobody is to clear a night's tasks for
that. Everything else that is worth another try gets few, so that somebody hears of it soon.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.definitions.retry_policy import RetryDecision

from include.core.errors import IncompleteError, RetryableError, StopError
from include.core.warehouse import is_away

# One try more than the API server may be away for: a task queued while it restarts is failed.
FEW_RETRIES = 3


class Patience(ExceptionRetryPolicy):
    """All of a task's retries for what does not answer, few for the rest."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any = None
    ) -> RetryDecision:
        """Decide by the rules, and fail where few tries did not help."""
        if isinstance(exception, RetryableError) or is_away(exception):
            return RetryDecision.retry(reason="it may answer again later")
        # A task that is cleared has all its tries again: those before do not count.
        tried = try_number - (max_tries - context["ti"].task.retries)
        if tried > FEW_RETRIES:
            return RetryDecision.fail(reason=f"{tried} tries gave no answer but this")
        return super().evaluate(exception, try_number, max_tries, context)


RETRY_POLICY = Patience(
    rules=[
        # First, for it is a StopError too: what was read is of no use, and is read from the beginning.
        RetryRule(
            exception=IncompleteError,
            action=RetryAction.RETRY,
            reason="not all came of what the service counts; another reading may bring it",
        ),
        RetryRule(
            exception=StopError,
            action=RetryAction.FAIL,
            reason="another try gives the same answer; the message says what to change",
        ),
    ]
)

# Half a minute, one, two, four, eight, and a quarter of an hour four times: an hour and a quarter, or up
# to a quarter of an hour more, for Airflow draws lots within each.
DEFAULT_ARGUMENTS = {
    "owner": "revops",
    "retries": 9,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=3),
}
