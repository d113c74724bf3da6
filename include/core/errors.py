"""Errors, grouped by what to do next: try again, stop for a person, or set a record aside.

Every message ends with what the operator can do. No message carries a secret.
"""


class PipelineError(Exception):
    """Something went wrong; `remedy` says what the operator does about it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class RetryableError(PipelineError):
    """The same call may succeed later: network, rate limit, a server's bad moment.

    `wait_seconds` is how long the service asked us to wait, None when it did not say.
    """

    def __init__(self, message: str, remedy: str, wait_seconds: float | None = None) -> None:
        super().__init__(message, remedy)
        self.wait_seconds = wait_seconds


class StopError(PipelineError):
    """Trying again gives the same answer: somebody has to change something first."""


class CredentialsError(StopError):
    """The service does not accept who we say we are."""


class AccessError(StopError):
    """The credentials are good but may not read this object or field."""


class ConfigurationError(StopError):
    """A configuration file, a connection or a parameter is wrong."""


class IncompleteError(StopError):
    """What arrived is not what the source said it sent; loading it would lose records silently.

    To go on with it would not help, so code stops at it. A task begins anew: an index that was behind
    for a moment should not cost a night's reading.
    """


class QuotaError(StopError):
    """The configured share of the source's daily quota is used up."""
