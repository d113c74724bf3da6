"""How tasks fail: what is worth another try is tried again, what needs a person stops at once."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from include.core.errors import IncompleteError, RetryableError, StopError

RETRY_POLICY = ExceptionRetryPolicy(
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
        RetryRule(exception=RetryableError, action=RetryAction.RETRY),
    ]
)

# One try more than the API server may be away for: a task queued while it restarts is failed.
DEFAULT_ARGUMENTS = {
    "owner": "revops",
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=3),
}
