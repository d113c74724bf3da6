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
    told = [line for line in lines if line and not line.startswith("//")]
    return sorted({*told, *map(_in_ascii, told)})


def _in_ascii(name: str) -> str:
    """A name as machines spell it, label by label: xn--55qx5d.cn."""
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
        for label in name.split(".")
    )


def in_letters(name: str) -> str:
    """A name as people read it, of one as machines spell it; as it is where it spells nothing."""
    try:
        return ".".join(
            label[4:].encode().decode("punycode") if label.startswith("xn--") else label
            for label in name.split(".")
        )
    except UnicodeError:
        return name


_EVERY_RULE = _rules()
_RULES = [rule for rule in _EVERY_RULE if 0 < rule.count(".") < _MOST_LABELS]
# What a domain ends in: no abbreviation, number, slip of the pen or network of a company's own. The last
# is set aside for companies that are made up.
TOP_LEVELS = sorted({*(rule.rpartition(".")[2] for rule in _EVERY_RULE), "example"})
# Names of two or three labels that anybody may register under.
SUFFIXES = [rule for rule in _RULES if rule[0] not in "*!"]
# Names under which every name is such a one, and those that are somebody's own all the same.
PARENTS_OF_SUFFIXES = [rule.removeprefix("*.") for rule in _RULES if rule.startswith("*.")]
OWN_NAMES = [rule.removeprefix("!") for rule in _RULES if rule.startswith("!")]
