"""Validation of mail addresses, telephone numbers and names.

The rule for addresses is conservative: a valid one is safe in a mail header and accepted by any SMTP server.
"""

import re
from dataclasses import dataclass

from izarlink_tickets.directory import line_of
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import clean_line

NAME_MAXIMUM = 100
# RFC 5321 §4.5.3.1: 256 with the angle brackets, 64 before the sign.
EMAIL_MAXIMUM, LOCAL_PART_MAXIMUM = 254, 64
# E.164: 15 digits at most. Three are the shortest numbers of a company.
PHONE_DIGITS = range(3, 16)
PHONE_MAXIMUM = 30

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# No quoted local parts, no addresses in brackets, no comments; internationalised domains in their ASCII form (xn--…).
_EMAIL = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9]))")
_PHONE = re.compile(r"\+?[0-9 ().-]+")


@dataclass(eq=False)
class InvalidEmail(Refusal):
    """Not a valid mail address. is_ascii: False with accents or the like."""

    is_ascii: bool


class InvalidPhone(Refusal):
    """Not a telephone number: digits, signs between and a leading plus."""


def email_of(text: str) -> str:
    """Parse a mail address; its domain becomes lower case. Raises: InvalidEmail."""
    address = text.strip(" ")
    match = _EMAIL.fullmatch(address) if len(address) <= EMAIL_MAXIMUM else None
    if match is None or len(match[1]) > LOCAL_PART_MAXIMUM:
        raise InvalidEmail(address.isascii())
    return f"{match[1]}@{match[2].lower()}"


def fold_email(text: str) -> str:
    """Fold a typed address for comparison.

    Account look-up and throttling both use this. If they folded differently, attempts would escape the limit.
    """
    return clean_line(text).casefold()


def phone_of(text: str) -> str:
    """Parse a telephone number; empty input stays empty. Raises: InvalidPhone."""
    number = clean_line(text)
    if not number:
        return ""
    digits = sum(character.isdigit() for character in number)
    if len(number) > PHONE_MAXIMUM or digits not in PHONE_DIGITS or not _PHONE.fullmatch(number):
        raise InvalidPhone
    return number


def name_of(text: str) -> str:
    """Parse a person's name, 1–100 characters. Raises: TextMissing, TextTooLong."""
    return line_of(text, field="name", maximum=NAME_MAXIMUM)
