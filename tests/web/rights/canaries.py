"""Unique words in each owner's texts, and the personas they are hidden from."""

import re
from collections.abc import Mapping

from tests.cast import Cast

from izarlink_tickets.directory import ServiceRecord

WRITTEN = ("title", "description", "question", "followup", "solution", "comment", "file", "bytes")
CANNED_TITLE, CANNED_BODY = "xqcannedtitle", "xqcannedbody"
SERVICE_OF_MENDI = {"reference": "XQREFERENCE-7", "label": "xqlabel", "site": "xqsite", "offer": "xqoffer"}
PHONE_OF_CHARLIE = "+33 5 59 00 00 77"
# Words that the search leaves unchanged.
PLAIN_WORDS = re.compile("[a-z]{5,}")
# Hidden from everybody: the beginning of a password hash.
SECRETS = ("$argon2",)


def canary(kind: str, owner: str) -> str:
    """Return the word in such texts on the owner's tickets."""
    return f"xq{kind}{owner}"


def file_name(owner: str) -> str:
    """Return the name of the owner's files, all of one length."""
    return f"{canary('file', owner):x<13}.txt"


def hidden_words(cast: Cast, service: ServiceRecord) -> Mapping[str, frozenset[str]]:
    """Return the words that no answer may contain, by persona, in lower case."""
    of_mendi = _of_company(cast, "charlie", "dora") | set(SERVICE_OF_MENDI.values()) | {PHONE_OF_CHARLIE, service.id}
    of_mendi |= {"Garage Mendi", cast.line_of_mendi.id, cast.line_of_mendi.reference, cast.line_of_mendi.label}
    of_etxea = _of_company(cast, "alice", "carol", "bob", "daniel") | {"Boulangerie Etxea", cast.fibre.id}
    etxea_writes = _written("alice") | _written("carol") | _written("emma")
    mendi_writes = _written("charlie")
    notes = {canary("note", owner) for owner in ("alice", "carol", "charlie", "emma")}
    canned = {CANNED_TITLE, CANNED_BODY}
    # Customers see the names of staff, but no mail addresses.
    of_desk = notes | canned | {cast[name].email for name in ("sam", "nora", "root", "ada")}
    from_etxea = of_mendi | mendi_writes | of_desk
    hidden = {
        "anonymous": from_etxea | etxea_writes | of_etxea,
        "deactivated": from_etxea | etxea_writes | of_etxea,
        "customer": from_etxea | _written("carol"),
        "colleague": from_etxea | _written("alice") | {cast["alice"].email, cast["alice"].phone},
        "company": from_etxea,
        "stranger": of_etxea | etxea_writes | of_desk,
        "moved": of_etxea | etxea_writes | mendi_writes | of_desk,
        "support": set(),
        "administrator": set(),
        "auditor": canned,
    }
    return {who: frozenset(word.lower() for word in {*words, *SECRETS}) for who, words in hidden.items()}


def _of_company(cast: Cast, *names: str) -> set[str]:
    accounts = [cast[name] for name in names]
    return {
        word
        for account in accounts
        for word in (account.id, account.name, account.email, account.organisation_id or account.id)
    }


def _written(owner: str) -> set[str]:
    return {canary(kind, owner) for kind in WRITTEN}
