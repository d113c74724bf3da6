"""Deliver: a rendered snapshot in, one mail per recipient out, once.

Never computes a number and never changes what was rendered. The delivery ledger, not the
orchestrator's memory, is why no mail goes out twice. Notices of failures (`notice`) have no ledger:
each is handed over once, whatever becomes of it.
"""
