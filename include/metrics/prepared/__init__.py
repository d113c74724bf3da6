"""Temporary tables made for the wanted periods of one metric: what stood at two moments, compared.

Each is a fact of its own kind, with the wanted period's key. `info["rows"]` gives the SELECT that
fills it, `info["sources"]` the objects it is made of.
"""
