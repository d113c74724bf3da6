"""Immutable files of what was read, with a manifest, and one ledger row per window. Nothing is cleaned."""
