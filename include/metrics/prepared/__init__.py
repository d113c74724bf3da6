"""Temporary tables made for the wanted periods of one metric: what stood at two moments,
compared, and whatever else takes more than to choose rows and add them up.

Each is a fact of its own kind, with the wanted period's key. `info["rows"]` gives the SELECT that
fills it, `info["sources"]` the objects it is made of.
"""
