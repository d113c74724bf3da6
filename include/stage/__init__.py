"""Staging: what was landed, typed, with its history; and who is who across both CRMs."""
