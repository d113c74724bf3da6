"""Report: metric values and their definitions in, one rendered snapshot of a period out.

Never reads a CRM, raw, staged or fact tables, and never prints a number it could not account for:
every printed figure is kept beside the snapshot as it was printed.
"""
