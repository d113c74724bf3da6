"""Records from the two CRM APIs, page by page, as they came. Nothing is reshaped or held whole.

Each CRM has a `connect` and a `read`; what is read, and by which cursor, stands in `include.tables`.
"""
