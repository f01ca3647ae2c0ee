"""« Textes types »: the texts that the desk keeps to be used again. Whoever is staff keeps them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, Connection, Integer, String, Table, Text, bindparam, insert, select, update

from izarlink_tickets.application.transaction import persistently
from izarlink_tickets.database import Database, Timestamp, metadata
from izarlink_tickets.domain import access
from izarlink_tickets.domain.canned_text import body_of
from izarlink_tickets.domain.errors import CommandAlreadyUsed, Refusal
from izarlink_tickets.domain.text import title_of
from izarlink_tickets.domain.vocabulary import Act


class CannedTextNotFound(Refusal):
    """There is no such text."""


class CannedTextHasChanged(Refusal):
    """A colleague has changed the text since it was read."""


canned_texts = Table(
    "canned_texts",
    metadata,
    # The id of the command that created it: sent twice, it is one text.
    Column("id", String(36), primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    # Small ones come first.
    Column("place", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    # Counts the changes, so that two people can't overwrite each other unseen.
    Column("revision", Integer, nullable=False),
    Column("changed_at", Timestamp, nullable=False),
)

# A few dozen rows: no index would be used.
_ALL = select(canned_texts).order_by(canned_texts.c.active.desc(), canned_texts.c.place, canned_texts.c.title)
_ACTIVE = _ALL.where(canned_texts.c.active)
_ONE = select(canned_texts).where(canned_texts.c.id == bindparam("wanted"))
_UPDATE = update(canned_texts).where(
    canned_texts.c.id == bindparam("wanted"), canned_texts.c.revision == bindparam("seen")
)


@dataclass(frozen=True, slots=True)
class CannedText:
    """A text kept for use. place: among the others, small ones first; revision: counts its changes, from 1."""

    id: str
    title: str
    body: str
    place: int
    active: bool
    revision: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """What is typed in to keep a text."""

    title: str
    body: str
    place: int = 0


class CannedTexts:
    """Keep, change and withdraw texts. Every method raises NotAllowed for whoever isn't staff."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, act: Act, words: Words) -> str:
        """Keep a new text and give its id; the same command again gives the same text.

        Raises: TextRefused, UnknownPlaceholder, CommandAlreadyUsed for other words under the same id (D4).
        """
        checked = _checked(act, words)
        row = {"id": act.command_id, **checked, "active": True, "revision": 1, "changed_at": act.at}

        def attempt() -> str:
            with self._database.command() as connection:
                found = _find(connection, act.command_id)
                if found is None:
                    connection.execute(insert(canned_texts), row)
                elif _differs(found, checked):
                    raise CommandAlreadyUsed(None)
            return act.command_id

        return persistently(attempt)

    def change(self, act: Act, text_id: str, words: Words, *, seen_revision: int) -> None:
        """Replace the words. Raises: TextRefused, UnknownPlaceholder, CannedTextNotFound, CannedTextHasChanged."""
        self._update(act, text_id, _checked(act, words), seen_revision=seen_revision)

    def withdraw(self, act: Act, text_id: str, *, seen_revision: int) -> None:
        """Offer the text no more; it is kept. Raises: CannedTextNotFound, CannedTextHasChanged."""
        self._update(act, text_id, {"active": False}, seen_revision=seen_revision)

    def restore(self, act: Act, text_id: str, *, seen_revision: int) -> None:
        """Offer a withdrawn text again. Raises: CannedTextNotFound, CannedTextHasChanged."""
        self._update(act, text_id, {"active": True}, seen_revision=seen_revision)

    def _update(self, act: Act, text_id: str, values: dict[str, object], *, seen_revision: int) -> None:
        access.require(allowed=access.is_staff(act.actor))
        values = {**values, "revision": seen_revision + 1, "changed_at": act.at}
        with self._database.command() as connection:
            done = connection.execute(_UPDATE.values(values), {"wanted": text_id, "seen": seen_revision})
            if done.rowcount == 0:
                found = find_canned_text(connection, text_id)
                # Sent twice: what it asks for is what there is.
                if found.revision != seen_revision + 1 or _differs(found, values):
                    raise CannedTextHasChanged


def offered_texts(connection: Connection) -> list[CannedText]:
    """List what can be inserted, in its order."""
    return [CannedText(**row) for row in connection.execute(_ACTIVE).mappings()]


def kept_texts(connection: Connection) -> list[CannedText]:
    """List all, the withdrawn ones last."""
    return [CannedText(**row) for row in connection.execute(_ALL).mappings()]


def find_canned_text(connection: Connection, text_id: str) -> CannedText:
    """Give one. Raises: CannedTextNotFound."""
    found = _find(connection, text_id)
    if found is None:
        raise CannedTextNotFound
    return found


def _checked(act: Act, words: Words) -> dict[str, object]:
    access.require(allowed=access.is_staff(act.actor))
    return {"title": title_of(words.title), "body": body_of(words.body), "place": words.place}


def _differs(found: CannedText, values: dict[str, object]) -> bool:
    return any(getattr(found, name) != value for name, value in values.items() if name != "changed_at")


def _find(connection: Connection, text_id: str) -> CannedText | None:
    row = connection.execute(_ONE, {"wanted": text_id}).mappings().first()
    return CannedText(**row) if row else None
