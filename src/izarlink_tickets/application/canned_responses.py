"""« Textes types »: the texts that the desk keeps to be used again. Whoever is staff keeps them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, Connection, Integer, String, Table, Text, bindparam, insert, select, update

from izarlink_tickets.application.transaction import with_retries
from izarlink_tickets.database import Database, Timestamp, metadata
from izarlink_tickets.domain import access
from izarlink_tickets.domain.canned_response import body_of
from izarlink_tickets.domain.errors import ChangedMeanwhile, CommandAlreadyUsed, Refusal
from izarlink_tickets.domain.text import title_of
from izarlink_tickets.domain.vocabulary import CommandContext


class CannedResponseNotFound(Refusal):
    """There is no such text."""


class CannedResponseHasChanged(ChangedMeanwhile):
    """A colleague has changed the text since it was read."""


canned_responses = Table(
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
_ALL = select(canned_responses).order_by(
    canned_responses.c.active.desc(), canned_responses.c.place, canned_responses.c.title
)
_ACTIVE = _ALL.where(canned_responses.c.active)
_ONE = select(canned_responses).where(canned_responses.c.id == bindparam("wanted"))
_UPDATE = update(canned_responses).where(
    canned_responses.c.id == bindparam("wanted"), canned_responses.c.revision == bindparam("seen")
)


@dataclass(frozen=True, slots=True)
class CannedResponse:
    """A text kept for use. place: among the others, small ones first; revision: counts its changes, from 1."""

    id: str
    title: str
    body: str
    place: int
    active: bool
    revision: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class CannedResponseDraft:
    """What is typed in to keep a text."""

    title: str
    body: str
    place: int = 0


class CannedResponses:
    """Keep, change and withdraw texts. Every method raises NotAllowed for whoever isn't staff."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, context: CommandContext, words: CannedResponseDraft) -> str:
        """Keep a new text and give its id; the same command again gives the same text.

        Raises: TextRefused, UnknownPlaceholder, CommandAlreadyUsed for other words under the same id (D4).
        """
        checked = _checked(context, words)
        row = {"id": context.command_id, **checked, "active": True, "revision": 1, "changed_at": context.at}

        def attempt() -> str:
            with self._database.command() as connection:
                found = _find(connection, context.command_id)
                if found is None:
                    connection.execute(insert(canned_responses), row)
                elif _differs(found, checked):
                    raise CommandAlreadyUsed(None)
            return context.command_id

        return with_retries(attempt)

    def change(self, context: CommandContext, text_id: str, words: CannedResponseDraft, *, seen_revision: int) -> None:
        """Replace the words. Raises: TextRefused, UnknownPlaceholder, CannedTextNotFound, CannedTextHasChanged."""
        self._update(context, text_id, _checked(context, words), seen_revision=seen_revision)

    def withdraw(self, context: CommandContext, text_id: str, *, seen_revision: int) -> None:
        """Offer the text no more; it is kept. Raises: CannedTextNotFound, CannedTextHasChanged."""
        self._update(context, text_id, {"active": False}, seen_revision=seen_revision)

    def restore(self, context: CommandContext, text_id: str, *, seen_revision: int) -> None:
        """Offer a withdrawn text again. Raises: CannedTextNotFound, CannedTextHasChanged."""
        self._update(context, text_id, {"active": True}, seen_revision=seen_revision)

    def _update(self, context: CommandContext, text_id: str, values: dict[str, object], *, seen_revision: int) -> None:
        access.require(allowed=access.is_staff(context.actor))
        values = {**values, "revision": seen_revision + 1, "changed_at": context.at}
        with self._database.command() as connection:
            done = connection.execute(_UPDATE.values(values), {"wanted": text_id, "seen": seen_revision})
            if done.rowcount == 0:
                found = find_canned_response(connection, text_id)
                # Sent twice: what it asks for is what there is.
                if found.revision != seen_revision + 1 or _differs(found, values):
                    raise CannedResponseHasChanged


def active_canned_responses(connection: Connection) -> list[CannedResponse]:
    """List what can be inserted, in its order."""
    return [CannedResponse(**row) for row in connection.execute(_ACTIVE).mappings()]


def list_canned_responses(connection: Connection) -> list[CannedResponse]:
    """List all, the withdrawn ones last."""
    return [CannedResponse(**row) for row in connection.execute(_ALL).mappings()]


def find_canned_response(connection: Connection, text_id: str) -> CannedResponse:
    """Give one. Raises: CannedTextNotFound."""
    found = _find(connection, text_id)
    if found is None:
        raise CannedResponseNotFound
    return found


def _checked(context: CommandContext, words: CannedResponseDraft) -> dict[str, object]:
    access.require(allowed=access.is_staff(context.actor))
    return {"title": title_of(words.title), "body": body_of(words.body), "place": words.place}


def _differs(found: CannedResponse, values: dict[str, object]) -> bool:
    return any(getattr(found, name) != value for name, value in values.items() if name != "changed_at")


def _find(connection: Connection, text_id: str) -> CannedResponse | None:
    row = connection.execute(_ONE, {"wanted": text_id}).mappings().first()
    return CannedResponse(**row) if row else None
