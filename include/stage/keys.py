"""What records of two CRMs may share, spelt the same: domains, mail addresses, ids, names."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.stage.shared_domains import FREE_MAIL, SECOND_LEVELS, SHARED_HOSTS

Expression = sa.ColumnElement[Any]

# Scheme and user before the host; port, path, query, or a second address behind it.
_BEFORE_HOST = r"^([a-z][a-z0-9+.-]*://)?([^/@\s]*@)?(www\d?\.)?"
_AFTER_HOST = r"([/?#:,;\s].*)?$"
_REGISTRABLE = r"[^.]+\.(?:(?:" + "|".join(SECOND_LEVELS) + r")\.[a-z]{2}|[^.0-9][^.]*)$"
_LEGAL_FORMS = (
    *("ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "group", "holding"),
    *("inc", "incorporated", "kg", "kk", "limited", "llc", "llp", "ltd", "nv", "oy", "plc", "pte"),
    *("pty", "sa", "sarl", "sas", "se", "sl", "spa", "srl"),
)


def registrable_domain(address: Expression) -> Expression:
    """The domain somebody registered, of a website or bare host as typed in.

    NULL where there is none, and for domains that many share.
    """
    bare = sa.func.lower(sa.func.btrim(address))
    host = sa.func.regexp_replace(
        sa.func.regexp_replace(bare, _BEFORE_HOST, ""), r"\.?" + _AFTER_HOST, ""
    )
    domain = sa.func.substring(host, _REGISTRABLE)
    return sa.case((domain.not_in((*FREE_MAIL, *SHARED_HOSTS)), domain))


def mail_address(address: Expression) -> Expression:
    """A mail address, lower case and trimmed; NULL for what is none."""
    bare = sa.func.lower(sa.func.btrim(address))
    return sa.case((bare.like("%_@_%"), bare))


def plain_name(name: Expression) -> Expression:
    """A company's name without case, punctuation and legal form; NULL where nothing is left."""
    words = sa.func.btrim(sa.func.regexp_replace(sa.func.lower(name), r"[^[:alnum:]]+", " ", "g"))
    form = r"( (" + "|".join(_LEGAL_FORMS) + r"))+$"
    return sa.func.nullif(sa.func.regexp_replace(words, form, ""), "")
