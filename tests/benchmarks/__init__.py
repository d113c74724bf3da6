"""Timings as ratios within one run. Nothing here is a test: `python -m tests.benchmarks.<name>`."""
