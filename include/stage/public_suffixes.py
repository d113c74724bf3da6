"""Under which names domains are registered: co.uk, ind.br, github.io.

The list is Mozilla's, in the package that carries it. A guess at it makes one customer of all those
whose registry it does not know.
"""

from __future__ import annotations

from importlib.resources import files

_LIST = files("publicsuffixlist") / "public_suffix_list.dat"
# What is longer is a machine within a cloud, and of no company's website.
_MOST_LABELS = 3


def _rules() -> list[str]:
    """The rules of the list; the comments between them begin with slashes."""
    lines = (line.strip() for line in _LIST.read_text(encoding="utf-8").splitlines())
    return [
        line
        for line in lines
        if line and not line.startswith("//") and 0 < line.count(".") < _MOST_LABELS
    ]


_RULES = _rules()
# Names of two or three labels that anybody may register under.
SUFFIXES = [rule for rule in _RULES if rule[0] not in "*!"]
# Names under which every name is such a one, and those that are somebody's own all the same.
PARENTS_OF_SUFFIXES = [rule.removeprefix("*.") for rule in _RULES if rule.startswith("*.")]
OWN_NAMES = [rule.removeprefix("!") for rule in _RULES if rule.startswith("!")]
