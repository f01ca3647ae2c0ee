"""« Textes types »: the desk's reusable texts, managed by all staff."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.desk.canned_responses import (
    CannedResponse,
    find_canned_response,
    insert_canned_response,
    update_canned_response,
)
from izarlink_tickets.domain import access
from izarlink_tickets.domain.canned_response import body_of
from izarlink_tickets.domain.errors import ChangedMeanwhile, CommandAlreadyUsed, Refusal
from izarlink_tickets.domain.text import title_of
from izarlink_tickets.domain.vocabulary import CommandContext


class CannedResponseNotFound(Refusal):
    """No text has this id."""


class CannedResponseHasChanged(ChangedMeanwhile):
    """A colleague has changed the text since the actor read it."""


@dataclass(frozen=True, slots=True)
class CannedResponseDraft:
    """A text as typed. place: its rank, small ones first."""

    title: str
    body: str
    place: int = 0


class CannedResponses:
    """Commands on the texts. Each raises NotAllowed unless the actor is staff.

    seen_revision: of the text as the actor read it.
    """

    def __init__(self, log: CommandLog) -> None:
        self._log = log

    def create(self, context: CommandContext, draft: CannedResponseDraft) -> str:
        """Store a new text and return its id. Raises: TextRefused, UnknownPlaceholder, CommandAlreadyUsed."""
        texts = _checked(context, draft)
        response = CannedResponse(context.command_id, **texts, active=True, revision=1, changed_at=context.at)

        def work(connection: Connection) -> str:
            # Of a colleague, or from before these texts were in the command log.
            if find_canned_response(connection, response.id):
                raise CommandAlreadyUsed(None)
            insert_canned_response(connection, response)
            return response.id

        return self._log.run_on_record(context, "create_canned_response", work, *texts.values()).id

    def change(
        self, context: CommandContext, response_id: str, draft: CannedResponseDraft, *, seen_revision: int
    ) -> None:
        """Replace the text.

        Raises: TextRefused, UnknownPlaceholder, CannedResponseNotFound, CannedResponseHasChanged.
        """
        self._update(context, "change_canned_response", response_id, _checked(context, draft), seen_revision)

    def withdraw(self, context: CommandContext, response_id: str, *, seen_revision: int) -> None:
        """Withdraw the text from use. Raises: CannedResponseNotFound, CannedResponseHasChanged."""
        self._update(context, "withdraw_canned_response", response_id, {"active": False}, seen_revision)

    def restore(self, context: CommandContext, response_id: str, *, seen_revision: int) -> None:
        """Bring a withdrawn text back into use. Raises: CannedResponseNotFound, CannedResponseHasChanged."""
        self._update(context, "restore_canned_response", response_id, {"active": True}, seen_revision)

    def _update(
        self, context: CommandContext, name: str, response_id: str, values: Mapping[str, Any], seen_revision: int
    ) -> None:
        def work(connection: Connection) -> str:
            if not update_canned_response(connection, response_id, values, seen_revision=seen_revision, now=context.at):
                existing_canned_response(connection, response_id)
                raise CannedResponseHasChanged
            return response_id

        access.require(allowed=access.is_staff(context.actor))
        self._log.run_on_record(context, name, work, response_id, *values.values(), seen_revision)


def existing_canned_response(connection: Connection, response_id: str) -> CannedResponse:
    """Return a text. Raises: CannedResponseNotFound."""
    response = find_canned_response(connection, response_id)
    if response is None:
        raise CannedResponseNotFound
    return response


def _checked(context: CommandContext, draft: CannedResponseDraft) -> dict[str, Any]:
    access.require(allowed=access.is_staff(context.actor))
    return {"title": title_of(draft.title), "body": body_of(draft.body), "place": draft.place}
