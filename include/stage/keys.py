"""What records of two CRMs may share, spelt the same: domains, mail addresses, ids, names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.stage.public_suffixes import OWN_NAMES, PARENTS_OF_SUFFIXES, SUFFIXES, TOP_LEVELS
from include.stage.shared_domains import (
    PLACEHOLDER_DOMAINS,
    PLACEHOLDER_MAILBOXES,
    ROLE_MAILBOXES,
    SHARED_BRANDS,
    SHARED_DOMAINS,
)

Expression = sa.ColumnElement[Any]

# Scheme and user before the host, however mistyped; port, path, query, or a second address behind it.
_BEFORE_HOST = (
    r"""^[\s\u00a0\u200b\ufeff"'(<\[{:/\\.*-]*"""
    r"(([a-z][a-z0-9+-]*://|(https?|htt?ps?|ftp|mailto)[.;]?[:/\\]+)[\s:/\\]*)*"
    r"([^/@\s]*@)?(www\d?\.)?"
)
_AFTER_HOST = r"""\.*([\s\u00a0\u200b/?#:,;|&()<>{}"'*\[\]\\].*)?$"""
_LEGAL_FORMS = (
    *("ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "group", "holding"),
    *("inc", "incorporated", "kg", "kk", "limited", "llc", "llp", "ltd", "nv", "oy", "plc", "pte"),
    *("pty", "sa", "sarl", "sas", "se", "sl", "spa", "srl"),
)


def registrable_domain(address: Expression) -> Expression:
    """The domain somebody registered, of a website or bare host as typed in.

    NULL where there is none, and for domains that many share.
    """
    # In a FROM clause, so that the host is worked out once.
    host = sa.func.regexp_replace(
        sa.func.regexp_replace(sa.func.lower(address), _BEFORE_HOST, ""), _AFTER_HOST, ""
    ).column_valued("host")
    top, second, third, fourth = (sa.func.split_part(host, ".", -place) for place in range(1, 5))
    two = sa.case((sa.and_(_is_one_of(top, TOP_LEVELS), second != ""), _under(second, top)))
    three = sa.case((third != "", _under(third, two)))
    four = sa.case((fourth != "", _under(fourth, three)))
    domain = sa.case(
        (_is_one_of(three, OWN_NAMES), three),
        (_is_one_of(two, OWN_NAMES), two),
        (_is_suffix(three, two), four),
        (_is_suffix(two, top), three),
        else_=two,
    )
    is_shared = sa.or_(
        _is_one_of(two, SHARED_DOMAINS),
        _is_one_of(sa.func.coalesce(three, ""), SHARED_DOMAINS),
        domain.regexp_match(SHARED_BRANDS),
    )
    return sa.select(sa.case((~is_shared, domain))).scalar_subquery()


def mail_address(address: Expression) -> Expression:
    """A mail address, lower case and trimmed; NULL for what is none."""
    bare = sa.func.lower(sa.func.btrim(address))
    return sa.case((bare.like("%_@_%"), bare))


def is_placeholder(address: Expression) -> Expression:
    """Whether a mail address stands for none, so that two records with it need not be one person."""
    local, host = (sa.func.split_part(address, "@", part) for part in (1, 2))
    return sa.or_(
        _is_one_of(local, PLACEHOLDER_MAILBOXES),
        _is_one_of(host, PLACEHOLDER_DOMAINS),
    )


def is_of_role(address: Expression) -> Expression:
    """Whether a mail address is that of a desk and not of a person."""
    return _is_one_of(sa.func.split_part(address, "@", 1), ROLE_MAILBOXES)


def plain_name(name: Expression) -> Expression:
    """A company's name without case, punctuation and legal form; NULL where nothing is left."""
    words = sa.func.btrim(sa.func.regexp_replace(sa.func.lower(name), r"[^[:alnum:]]+", " ", "g"))
    form = r"( (" + "|".join(_LEGAL_FORMS) + r"))+$"
    return sa.func.nullif(sa.func.regexp_replace(words, form, ""), "")


def _is_one_of(value: Expression, values: Sequence[str]) -> Expression:
    """One bound array, which PostgreSQL hashes, rather than thousands of parameters."""
    return value == sa.any_(sa.literal(list(values), postgresql.ARRAY(sa.Text)))


def _under(label: Expression, parent: Expression) -> Expression:
    return label.concat(".").concat(parent)


def _is_suffix(name: Expression, parent: Expression) -> Expression:
    """Whether domains are registered under a name; `parent` is what is left without its first label."""
    return sa.or_(_is_one_of(name, SUFFIXES), _is_one_of(parent, PARENTS_OF_SUFFIXES))
