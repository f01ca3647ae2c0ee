"""Corruptions of stored data, each with the check that must find it."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import text
from tests.cast import PASSWORD, Cast
from tests.openings import closed_incident, open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.outbox import MailKind, message_id_of

Apply = Callable[[Portal, Cast], object]


@dataclass(frozen=True)
class Corruption:
    """A change behind the portal's back, and the check that finds it."""

    name: str
    check: str
    apply: Apply


def fill_with_tickets(portal: Portal, cast: Cast) -> None:
    """Fill the portal with tickets, messages, files, a watcher and an approval."""
    number = open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast["carol"].id)
    portal.tickets.request_information(cast.context("sam"), number=number, question="Depuis quand ?")
    uploads = [Upload("a.txt", b"lundi"), Upload("b.txt", b"mardi")]
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Depuis lundi.", uploads=uploads)
    portal.tickets.add_internal_note(
        cast.context("sam"), number=number, text="À voir.", mentioned_ids=[cast["nora"].id]
    )
    portal.tickets.remove_watcher(cast.context("sam"), number=number, account_id=cast["carol"].id)
    closed_incident(portal, cast)
    open_incident(portal, cast, by="charlie")


def run(portal: Portal, statement: str, **values: object) -> None:
    """Change the database behind the portal's back."""
    with portal.database.command() as connection:
        connection.execute(text(statement), values)


def sql(statement: str, **values: object) -> Apply:
    return lambda portal, _: run(portal, statement, **values)


def change_state(position: int, **fields: object) -> Apply:
    """Change the fields of an event; `...` removes a field."""

    def apply(portal: Portal, _: Cast) -> None:
        with portal.database.query() as connection:
            stored = connection.execute(
                text("SELECT state FROM events WHERE position = :p"), {"p": position}
            ).scalar_one()
        state: dict[str, Any] = orjson.loads(stored) | fields
        changed = {name: value for name, value in state.items() if value is not ...}
        run(portal, "UPDATE events SET state = :state WHERE position = :p", state=orjson.dumps(changed), p=position)

    return apply


def first_event(portal: Portal) -> int:
    """Return the position of the first ticket's opening, after the accounts' events."""
    with portal.database.query() as connection:
        query = "SELECT min(position) FROM events WHERE topic = 'ticket.opened'"
        return int(connection.execute(text(query)).scalar_one())


def last_event(portal: Portal) -> int:
    with portal.database.query() as connection:
        return int(connection.execute(text("SELECT position FROM log_head")).scalar_one())


def at(offset: int, corruption: Callable[[int], Apply]) -> Apply:
    """Corrupt the event at an offset from the first opening."""
    return lambda portal, cast: corruption(first_event(portal) + offset)(portal, cast)


def event(offset: int, change: str, **values: object) -> Apply:
    """Change or delete the event at an offset from the first opening."""
    return at(offset, lambda position: sql(f"{change} WHERE position = :p", p=position, **values))


def _swap_versions(portal: Portal, _: Cast) -> None:
    move = (
        "UPDATE events SET version = :after WHERE version = :before"
        " AND stream_id = (SELECT stream_id FROM events WHERE position = :p)"
    )
    for before, after in ((3, 1000), (4, 3), (1000, 4)):
        run(portal, move, before=before, after=after, p=first_event(portal))


def _move_text(portal: Portal, cast: Cast) -> None:
    """Replace a follow-up's text by another's."""
    for words in ("Un.", "Deux."):
        portal.tickets.add_follow_up(cast.context("charlie"), number=3, text=words)
    move = "UPDATE events SET state = (SELECT state FROM events WHERE position = :p) WHERE position = :p - 1"
    run(portal, move, p=last_event(portal))


def _repeat_follow_up(portal: Portal, cast: Cast) -> None:
    """Repeat a command, as a portal without command ids would."""
    portal.tickets.add_follow_up(cast.context("charlie"), number=3, text="Une fois.")
    run(
        portal,
        "INSERT INTO events SELECT position + 1, stream_id, version + 1, topic, state FROM events"
        " WHERE position = (SELECT position FROM log_head)",
    )
    run(portal, "UPDATE log_head SET position = position + 1")


def _tear_command(portal: Portal, cast: Cast) -> None:
    """Put another event between the two of a command."""
    uploads = [Upload("c.txt", b"c")]
    portal.tickets.add_follow_up(cast.context("charlie"), number=3, text="Avec fichier.", uploads=uploads)
    open_incident(portal, cast)
    last = last_event(portal)
    for before, after in ((last, 0), (last - 1, last), (0, last - 1)):
        run(portal, "UPDATE events SET position = :after WHERE position = :before", before=before, after=after)


def _mail_to(name: str) -> Apply:
    """Add a mail about the first entry, under another id."""
    return lambda portal, cast: _insert_mail(portal, cast, name, message_id=str(uuid4()))


def _expected_mail_to(name: str) -> Apply:
    """Add a mail about the first entry, under its expected id."""

    def apply(portal: Portal, cast: Cast) -> None:
        with portal.database.query() as connection:
            command_id = connection.execute(
                text("SELECT command_id FROM outbox WHERE number = 1 AND entry = 1 LIMIT 1")
            ).scalar_one()
        message_id = message_id_of(
            actor_id=cast["alice"].id, command_id=command_id, account_id=cast[name].id, kind=MailKind.TICKET
        )
        _insert_mail(portal, cast, name, message_id=message_id)

    return apply


def _insert_mail(portal: Portal, cast: Cast, name: str, *, message_id: str) -> None:
    run(
        portal,
        "INSERT INTO outbox (id, kind, command_id, account_id, number, entry, status, created_at, due_at, attempts,"
        " doubts) SELECT :id, kind, command_id, :account, number, entry, status, created_at, due_at, attempts,"
        " doubts FROM outbox WHERE number = 1 AND entry = 1 AND account_id = :alice",
        id=message_id,
        account=cast[name].id,
        alice=cast["alice"].id,
    )


def _of_alice(statement: str) -> Apply:
    return lambda portal, cast: run(portal, statement, account=cast["alice"].id)


def _blobs(portal: Portal) -> list[Any]:
    return sorted(portal.settings.attachments_folder.glob("*/*"))


def _truncate_file(portal: Portal, _: Cast) -> None:
    blob = _blobs(portal)[0]
    blob.write_bytes(blob.read_bytes()[:-1])


def _leave_orphan(portal: Portal, cast: Cast) -> None:
    (orphan,) = portal.files.store_checked(portal.files.check([Upload("x.txt", b"x")]), sealed_for=cast["alice"].id)
    blob = portal.settings.attachments_folder / orphan.sha256[:2] / orphan.sha256
    three_days_ago = time.time() - 3 * 24 * 3600
    os.utime(blob, (three_days_ago, three_days_ago))


def _leave_signed_in(portal: Portal, cast: Cast) -> None:
    """Deactivate an account without ending its sessions."""
    portal.sign_ins.sign_in(
        identifier="carol@etxea.example",
        password=PASSWORD,
        remote_address="192.0.2.1",
        user_agent="Firefox",
        now=cast.clock(),
    )
    run(portal, "UPDATE accounts SET active = :no WHERE email LIKE 'carol@%'", no=False)


CORRUPTIONS = [
    Corruption("an event is gone", "positions", event(5, "DELETE FROM events")),
    Corruption(
        "the last event is gone",
        "positions",
        sql("DELETE FROM events WHERE position = (SELECT max(position) FROM events)"),
    ),
    Corruption("the head lags", "positions", sql("UPDATE log_head SET position = position - 1")),
    Corruption("an event in the middle of a stream is gone", "versions", event(5, "DELETE FROM events")),
    Corruption("versions are swapped", "versions", _swap_versions),
    Corruption("an event is no JSON", "events", event(2, "UPDATE events SET state = :s", s=b"\x00{")),
    Corruption(
        "an event is cut off",
        "events",
        at(2, lambda p: sql("UPDATE events SET state = :s WHERE position = :p", s=b'{"actor_id"', p=p)),
    ),
    Corruption("an event has an unknown topic", "events", event(2, "UPDATE events SET topic = 'ticket.sold'")),
    Corruption("an event lacks a field", "events", at(2, lambda p: change_state(p, actor_id=...))),
    Corruption("an event holds a number for a text", "events", at(2, lambda p: change_state(p, watcher_id=7))),
    Corruption("an event has an unknown state", "events", at(2, lambda p: change_state(p, state="VENDU"))),
    Corruption("a text was changed", "seals", at(0, lambda p: change_state(p, title="Plus de panne"))),
    Corruption("a sealed text was moved", "seals", _move_text),
    Corruption("an event leads to another state", "tickets", at(2, lambda p: change_state(p, state="RESOLU"))),
    Corruption("a ticket number was given to no ticket", "tickets", sql("UPDATE log_head SET ticket_number = 9")),
    Corruption("a ticket is in another's stream", "tickets", at(0, lambda p: change_state(p, number=2))),
    Corruption("a command was carried out twice", "entries", _repeat_follow_up),
    Corruption("a command is torn apart", "entries", _tear_command),
    Corruption(
        "a command is not in the command log", "commands", sql("DELETE FROM commands WHERE number = 2 AND entry = 1")
    ),
    Corruption(
        "a command left no event", "commands", sql("UPDATE commands SET entry = 77 WHERE number = 2 AND entry = 1")
    ),
    Corruption(
        "a key is damaged", "keys", _of_alice("UPDATE sealing_keys SET wrapped = '0' WHERE account_id = :account")
    ),
    Corruption("an account is gone", "accounts", sql("DELETE FROM accounts WHERE email LIKE 'ada@%'")),
    Corruption(
        "an account was added behind the portal",
        "accounts",
        sql("UPDATE accounts SET id = 'x' WHERE email LIKE 'ada@%'"),
    ),
    Corruption(
        "the requester has no mail",
        "mails",
        _of_alice("DELETE FROM outbox WHERE account_id = :account AND number = 2 AND entry = 1"),
    ),
    Corruption("a stranger has a mail", "mails", _expected_mail_to("charlie")),
    Corruption("a reader has two mails", "mails", _mail_to("alice")),
    Corruption("a mail is about nothing", "mails", sql("UPDATE outbox SET entry = 77 WHERE number = 2 AND entry = 1")),
    Corruption(
        "a mail has an unknown status", "mails", sql("UPDATE outbox SET status = 'lost' WHERE number = 2 AND entry = 1")
    ),
    Corruption("a file is gone", "files", lambda portal, _: _blobs(portal)[0].unlink()),
    Corruption("a file is cut off", "files", _truncate_file),
    Corruption("a file has another size", "files", at(1, lambda p: change_state(p, size=3))),
    Corruption("an orphaned file is old", "files", _leave_orphan),
    Corruption(
        "a deactivated account is signed in",
        "sign-ins",
        _leave_signed_in,
    ),
    Corruption("a list differs", "read models", sql("UPDATE ticket_list SET priority = 1 WHERE number = 1")),
    Corruption("the history lacks a line", "read models", sql("DELETE FROM history WHERE version = 2")),
    Corruption("a read model is gone", "read models", sql("DROP TABLE history_files")),
]
