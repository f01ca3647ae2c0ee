"""The authorisation matrix after rights changed in mid-session.

The rows change under a session that stays open: rights must follow at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import update
from tests.web.rights.matrix import Row, rows
from tests.web.rights.personas import PERSON_OF, Personas

from izarlink_tickets.accounts import accounts
from izarlink_tickets.domain.vocabulary import Role

ROWS = rows()
STAFF_ROLES = ("support", "administrator", "auditor")
# Who loses what, and whose answers they get from then on.
DEMOTIONS = (
    ("administrator", Role.SUPPORT, "support"),
    ("administrator", Role.AUDITOR, "auditor"),
    ("support", Role.AUDITOR, "auditor"),
    ("auditor", Role.SUPPORT, "support"),
)
# It ends the session.
SIGN_OUT = "/deconnexion"
# A saved view is its owner's alone, whatever their role.
PRIVATE = "<view_id>"
# Of the suite: every so many lines of the matrix.
EVERY = 9


@contextmanager
def changed(personas: Personas, who: str, **values: object) -> Iterator[None]:
    """Change an account's row under its open session."""
    account_id = personas.cast[PERSON_OF[who]].id
    personas.restore()
    with personas.portal.database.command() as connection:
        connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))
    kept, personas.initial_state = personas.initial_state, personas.copy()
    try:
        yield
    finally:
        personas.initial_state.close()
        personas.initial_state = kept
        personas.restore()


def statuses(personas: Personas, row: Row, who: str, ownerships: list[str]) -> dict[str, str]:
    answers = {ownership: personas.ask(row, who, ownership) for ownership in ownerships}
    return {ownership: f"{answer.status}>{answer.location.partition('?')[0]}" for ownership, answer in answers.items()}


def wrong_rows(personas: Personas, who: str, like: str, chosen: list[Row]) -> list[str]:
    """Return the rows that answer this person other than their new role."""
    found = []
    for row in chosen:
        ownerships = [ownership for person, ownership in row.cells if person == like]
        for ownership, answer in statuses(personas, row, who, ownerships).items():
            if not matches(answer, row.cells[like, ownership], row.method):
                found.append(f"{row.name}, {ownership}: {answer} instead of {row.cells[like, ownership]}")
    return found


def matches(answer: str, cell: str, method: str) -> bool:
    if cell == "sign-in":
        cell = "302>/connexion" if method == "GET" else "401"
    status, _, location = cell.partition(">")
    got, _, where = answer.partition(">")
    return got == status and where.startswith(location)


def sampled(step: int) -> list[Row]:
    return [row for row in ROWS if row.route != SIGN_OUT][::step]


def check_demotions(personas: Personas, chosen: list[Row]) -> list[str]:
    wrong = []
    shared = [row for row in chosen if PRIVATE not in row.route]
    for who, role, like in DEMOTIONS:
        with changed(personas, who, role=role.value):
            wrong += [f"{who} as {role}: {line}" for line in wrong_rows(personas, who, like, shared)]
    return wrong


def check_departures(personas: Personas, chosen: list[Row]) -> list[str]:
    """Return the rows that an account closed under its session still opens."""
    wrong = []
    for who in ("customer", "company", *STAFF_ROLES):
        with changed(personas, who, active=False):
            wrong += [f"{who}: {line}" for line in wrong_rows(personas, who, "anonymous", chosen)]
    return wrong


def check_moves(personas: Personas, chosen: list[Row]) -> list[str]:
    """Return the rows that show objects of a former company."""
    wrong = []
    mendi = personas.cast["charlie"].organisation_id
    for who, left in (("customer", "customer's"), ("colleague", "colleague's"), ("company", "customer's")):
        with changed(personas, who, organisation_id=mendi):
            for row in chosen:
                if "<" not in row.route or not row.hides("moved", left):
                    continue
                gone, missing = personas.ask(row, who, left), personas.ask(row, who, "missing")
                wrong += [f"{who} {row.name}: {gone.differences(missing)[:2]}"] if gone != missing else []
                words = personas.canaries["moved"] - {personas.cast[PERSON_OF[who]].email.lower()}
                own = {personas.cast[PERSON_OF[who]].name.lower(), personas.cast[PERSON_OF[who]].id}
                wrong += [f"{who} {row.name}: {word}" for word in words - own if word in gone.text]
    return wrong


@pytest.mark.cve("CVE-2026-40570", "CVE-2026-48810", "CVE-2026-48811")
def test_a_right_that_is_taken_away_is_gone_at_once(personas: Personas):
    assert check_demotions(personas, sampled(EVERY)) == []


@pytest.mark.cve("CVE-2020-1776")
def test_a_closed_account_is_anonymous_at_once(personas: Personas):
    assert check_departures(personas, sampled(EVERY * 2)) == []


def test_who_changes_company_sees_nothing_of_the_former_at_once(personas: Personas):
    assert check_moves(personas, sampled(EVERY // 2)) == []


@pytest.mark.attack
def test_the_whole_matrix_after_rights_were_taken_away(personas: Personas, figure):
    wrong = check_demotions(personas, sampled(1))
    wrong += check_departures(personas, sampled(1))
    wrong += check_moves(personas, sampled(1))

    figure("lines of the matrix", len(sampled(1)))
    figure("demotions, closed accounts, moves", f"{len(DEMOTIONS)}, 5, 3")
    figure("answers that differ from the new role's", len(wrong))
    assert wrong[:20] == []
