"""Looks at every connection, permission, object and field that the metrics need, and says what lacks.

Takes clients, leaves findings (`ops.source_finding`), and tells of each metric whether it can be had.
"""
