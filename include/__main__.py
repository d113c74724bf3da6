"""Command line: `python -m include metrics --as-of DATE`."""
