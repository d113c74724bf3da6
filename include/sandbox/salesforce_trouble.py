"""What can go wrong in the sandbox's Salesforce beyond single requests."""

from __future__ import annotations

from dataclasses import dataclass

from include.sandbox.trouble import Trouble


@dataclass
class SalesforceTrouble(Trouble):
    """Settings of `control.trouble("salesforce", ...)`."""
