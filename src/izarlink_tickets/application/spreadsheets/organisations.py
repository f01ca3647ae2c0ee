"""Customers from a spreadsheet: a line is a name, so that it adds one or changes nothing."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from izarlink_tickets.application.account_facts import Fact, record_facts
from izarlink_tickets.application.spreadsheets.columns import STATES
from izarlink_tickets.application.spreadsheets.plan import (
    Findings,
    Means,
    Outcome,
    Report,
    Verdict,
    judged,
    refused,
    state_fault,
)
from izarlink_tickets.application.spreadsheets.reading import Record, Sheet
from izarlink_tickets.directory import (
    Organisation,
    fold_name,
    insert_organisations,
    list_organisations,
    new_organisation,
    organisation_name_of,
    organisations_named,
)
from izarlink_tickets.domain.account import OrganisationCreated
from izarlink_tickets.domain.vocabulary import Act


def plan(connection: Connection, sheet: Sheet) -> tuple[Report, list[Any]]:
    """Judge each line; the wishes are names."""
    names = [record.cells["name"] for record in sheet.records if not record.fault]
    known = organisations_named(connection, names=names)

    def judge(record: Record) -> tuple[Outcome, Any]:
        return _judge(record, known.get(fold_name(record.cells["name"])))

    return judged(sheet, key="name", fold=fold_name, judge=judge)


def write(connection: Connection, act: Act, names: Sequence[str], means: Means) -> None:
    """Add the customers, and say so in the stream of who does it."""
    del means  # Nothing is sealed for them.
    created = [new_organisation(name, now=act.at) for name in names]
    if created:
        insert_organisations(connection, created)
        facts = [Fact(OrganisationCreated, act.actor.account_id, {"organisation_id": one.id}) for one in created]
        record_facts(connection, act, facts)


def rows(connection: Connection) -> Iterator[Sequence[str]]:
    """Give all, as `plan` reads them."""
    for one in list_organisations(connection):
        yield one.name, STATES[one.active]


def _judge(record: Record, known: Organisation | None) -> tuple[Outcome, Any]:
    found, typed = Findings(), record.cells["name"]
    name = found.value(lambda: organisation_name_of(typed), "")
    found.add(state_fault(record.cells, is_active=known.active if known else True))
    if found.reasons:
        return refused(record, typed, *found.reasons), None
    if known:
        return Outcome(record.line, known.name, Verdict.UNCHANGED), None
    return Outcome(record.line, name, Verdict.CREATE), name
