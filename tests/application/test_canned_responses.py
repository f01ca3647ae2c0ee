"""« Textes types »: created once, changed without conflict, withdrawn, restored."""

from dataclasses import replace

import pytest
from tests.cast import Cast

from izarlink_tickets.application import Portal
from izarlink_tickets.application.canned_responses import (
    CannedResponseDraft,
    CannedResponseHasChanged,
    CannedResponseNotFound,
)
from izarlink_tickets.desk.canned_responses import active_canned_responses, list_canned_responses
from izarlink_tickets.domain.errors import CommandAlreadyUsed, NotAllowed

HELLO = CannedResponseDraft("Prise en charge", "Bonjour {prénom},", place=2)


@pytest.fixture
def response_id(portal: Portal, cast: Cast) -> str:
    return portal.canned_responses.create(cast.context("sam"), HELLO)


def offered(portal: Portal) -> list[str]:
    with portal.database.query() as connection:
        return [text.title for text in active_canned_responses(connection)]


def bodies(portal: Portal) -> list[str]:
    with portal.database.query() as connection:
        return [text.body for text in list_canned_responses(connection)]


def test_texts_are_offered_in_their_order(portal: Portal, cast: Cast, response_id: str) -> None:
    portal.canned_responses.create(cast.context("nora"), CannedResponseDraft("Clôture", "Au revoir."))
    portal.canned_responses.create(cast.context("root"), CannedResponseDraft("Attente", "Patience.", place=2))

    assert offered(portal) == ["Clôture", "Attente", "Prise en charge"]


def test_a_text_sent_twice_is_created_once(portal: Portal, cast: Cast) -> None:
    context = cast.context("sam")

    assert portal.canned_responses.create(context, HELLO) == portal.canned_responses.create(context, HELLO)
    assert offered(portal) == ["Prise en charge"]


@pytest.mark.parametrize("name", ["sam", "nora"])
def test_another_text_under_the_same_id_is_refused(portal: Portal, cast: Cast, name: str) -> None:
    context = cast.context("sam")
    portal.canned_responses.create(context, HELLO)

    with pytest.raises(CommandAlreadyUsed):
        portal.canned_responses.create(
            replace(context, actor=cast.context(name).actor), CannedResponseDraft("Accueil", "Bonsoir.")
        )

    assert offered(portal) == ["Prise en charge"]


def test_of_two_changes_at_once_the_second_is_refused(portal: Portal, cast: Cast, response_id: str) -> None:
    portal.canned_responses.change(
        cast.context("nora"), response_id, CannedResponseDraft("Accueil", "Bonjour."), seen_revision=1
    )

    with pytest.raises(CannedResponseHasChanged):
        portal.canned_responses.change(
            cast.context("sam"), response_id, CannedResponseDraft("Accueil", "Bonsoir."), seen_revision=1
        )

    assert bodies(portal) == ["Bonjour."]


def test_a_change_sent_twice_is_made_once(portal: Portal, cast: Cast, response_id: str) -> None:
    context, draft = cast.context("sam"), CannedResponseDraft("Accueil", "Bonjour.")

    portal.canned_responses.change(context, response_id, draft, seen_revision=1)
    portal.canned_responses.change(context, response_id, draft, seen_revision=1)

    assert bodies(portal) == ["Bonjour."]


def test_a_withdrawn_text_can_be_restored(portal: Portal, cast: Cast, response_id: str) -> None:
    portal.canned_responses.withdraw(cast.context("sam"), response_id, seen_revision=1)
    assert (offered(portal), bodies(portal)) == ([], [HELLO.body])

    portal.canned_responses.restore(cast.context("sam"), response_id, seen_revision=2)
    assert offered(portal) == ["Prise en charge"]


@pytest.mark.parametrize("name", ["alice", "bob", "ada"])
def test_only_staff_manages_texts(portal: Portal, cast: Cast, response_id: str, name: str) -> None:
    with pytest.raises(NotAllowed):
        portal.canned_responses.create(cast.context(name), HELLO)
    with pytest.raises(NotAllowed):
        portal.canned_responses.withdraw(cast.context(name), response_id, seen_revision=1)


def test_an_unknown_text_is_refused(portal: Portal, cast: Cast) -> None:
    with pytest.raises(CannedResponseNotFound):
        portal.canned_responses.change(cast.context("sam"), "nothing", HELLO, seen_revision=1)
