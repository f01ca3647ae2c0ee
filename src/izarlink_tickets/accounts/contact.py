"""Validation of mail addresses, telephone numbers and names.

The rule for addresses is conservative: a valid one is safe in a mail header and accepted by any SMTP server.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from izarlink_tickets.directory import line_of
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import clean_line, plain_dashes, without_invisible

NAME_MAXIMUM = 100
# RFC 5321 §4.5.3.1: 256 with the angle brackets, 64 before the sign.
EMAIL_MAXIMUM, LOCAL_PART_MAXIMUM = 254, 64
# E.164: 15 digits at most. Three are the shortest numbers of a company.
PHONE_DIGITS = range(3, 16)
PHONE_MAXIMUM = 30
# Characters of a domain's label. Source: RFC 1035 §2.3.4.
LABEL_MAXIMUM = 63

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# No quoted local parts, no addresses in brackets, no comments; internationalised domains in their ASCII form (xn--…).
_EMAIL = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9]))")
# As mail programs copy an address: « Nom <adresse> », and mailto:adresse?subject=….
_NAMED = re.compile(r"[^<>]*<([^<>]+)>[ ;,]*")
_LINK = re.compile(r"mailto:([^?]*)(?:\?.*)?", re.IGNORECASE | re.DOTALL)
_PHONE = re.compile(r"\+?[0-9 ().-]+")
# « poste 12 », as a switchboard's people write it; « ;ext=12 » stands in links. Source: RFC 3966.
_EXTENSION = re.compile(r"(.*[0-9)])\s*[,;]?\s*(?:poste|ext(?:ension)?|p|x)\s*[.:=]?\s*([0-9]{1,6})", re.IGNORECASE)


@dataclass(eq=False)
class InvalidEmail(Refusal):
    """Not a valid mail address. is_ascii: False with accents or the like."""

    is_ascii: bool


class InvalidPhone(Refusal):
    """Not a telephone number: digits, signs between and a leading plus."""


def email_of(text: str) -> str:
    """Parse a mail address. Raises: InvalidEmail.

    Its domain becomes lower case, in ASCII.
    """
    address = _plain_address(text.strip(" "))
    match = _EMAIL.fullmatch(address) if len(address) <= EMAIL_MAXIMUM else None
    if match is None or len(match[1]) > LOCAL_PART_MAXIMUM:
        raise InvalidEmail(address.isascii())
    return f"{match[1]}@{match[2].lower()}"


def fold_email(text: str) -> str:
    """Fold a typed address for comparison.

    Account look-up and throttling both use this. If they folded differently, attempts would escape the limit.
    """
    return _plain_address(clean_line(text)).casefold()


def phone_of(text: str) -> str:
    """Parse a telephone number; empty input stays empty. Raises: InvalidPhone.

    An extension comes last: « 05 59 00 00 00 poste 12 ».
    """
    line = clean_line(unicodedata.normalize("NFKC", without_invisible(plain_dashes(text))))
    number = re.sub("^tel:", "", line, flags=re.IGNORECASE).strip()
    if not number:
        return ""
    extension = _EXTENSION.fullmatch(number) if len(number) <= 2 * PHONE_MAXIMUM else None
    number = extension[1].strip() if extension else number
    digits = sum(character.isdigit() for character in number)
    if len(number) > PHONE_MAXIMUM or digits not in PHONE_DIGITS or not _PHONE.fullmatch(number):
        raise InvalidPhone
    return f"{number} poste {extension[2]}" if extension else number


def name_of(text: str) -> str:
    """Parse a person's name, 1–100 characters. Raises: TextMissing, TextTooLong."""
    return line_of(text, field="name", maximum=NAME_MAXIMUM)


def _plain_address(text: str) -> str:
    """Return the address within what was pasted, its domain in ASCII."""
    text = unicodedata.normalize("NFKC", without_invisible(text)) if not text.isascii() else text
    named = _NAMED.fullmatch(text)
    address = (named[1] if named else text).strip(" ").rstrip(" ;,")
    link = _LINK.fullmatch(address)
    local, sign, domain = (unquote(link[1]) if link else address).rpartition("@")
    return local + sign + ".".join(map(_ascii_label, domain.split(".")))


def _ascii_label(label: str) -> str:
    """Encode a label with accents; others stay. Source: RFC 5890 §2.3.2.1."""
    label = label.strip(" ")
    is_word = all(letter.isalnum() or letter == "-" or unicodedata.combining(letter) for letter in label)
    if label.isascii() or not is_word or len(label) > LABEL_MAXIMUM:
        return label
    # Python's own codec « idna » is of 2003: it writes « ss » for ß.
    return f"xn--{label.lower().encode('punycode').decode()}"
