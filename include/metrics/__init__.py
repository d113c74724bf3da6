"""Fact tables in, metric values out: numerator, denominator, value and status per period and slice.

Never cleans and never asks the time.
"""
