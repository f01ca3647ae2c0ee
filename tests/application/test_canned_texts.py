"""« Textes types »: kept once, changed by one at a time, withdrawn but never lost."""

from dataclasses import replace

import pytest
from tests.cast import Cast

from izarlink_tickets.application import Portal
from izarlink_tickets.application.canned_texts import (
    CannedTextHasChanged,
    CannedTextNotFound,
    Words,
    kept_texts,
    offered_texts,
)
from izarlink_tickets.domain.errors import CommandAlreadyUsed, NotAllowed

HELLO = Words("Prise en charge", "Bonjour {prénom},", place=2)


@pytest.fixture
def kept(portal: Portal, cast: Cast) -> str:
    return portal.canned_texts.create(cast.act("sam"), HELLO)


def offered(portal: Portal) -> list[str]:
    with portal.database.query() as connection:
        return [text.title for text in offered_texts(connection)]


def bodies(portal: Portal) -> list[str]:
    with portal.database.query() as connection:
        return [text.body for text in kept_texts(connection)]


def test_texts_are_offered_in_their_order(portal: Portal, cast: Cast, kept: str) -> None:
    portal.canned_texts.create(cast.act("nora"), Words("Clôture", "Au revoir."))
    portal.canned_texts.create(cast.act("root"), Words("Attente", "Patience.", place=2))

    assert offered(portal) == ["Clôture", "Attente", "Prise en charge"]


def test_a_text_sent_twice_is_kept_once(portal: Portal, cast: Cast) -> None:
    act = cast.act("sam")

    assert portal.canned_texts.create(act, HELLO) == portal.canned_texts.create(act, HELLO)
    assert offered(portal) == ["Prise en charge"]


@pytest.mark.parametrize("name", ["sam", "nora"])
def test_a_text_sent_again_with_other_words_is_not_lost_unseen(portal: Portal, cast: Cast, name: str) -> None:
    act = cast.act("sam")
    portal.canned_texts.create(act, HELLO)

    with pytest.raises(CommandAlreadyUsed):
        portal.canned_texts.create(replace(act, actor=cast.act(name).actor), Words("Accueil", "Bonsoir."))

    assert offered(portal) == ["Prise en charge"]


def test_of_two_changes_at_once_the_second_is_refused(portal: Portal, cast: Cast, kept: str) -> None:
    portal.canned_texts.change(cast.act("nora"), kept, Words("Accueil", "Bonjour."), seen_revision=1)

    with pytest.raises(CannedTextHasChanged):
        portal.canned_texts.change(cast.act("sam"), kept, Words("Accueil", "Bonsoir."), seen_revision=1)

    assert bodies(portal) == ["Bonjour."]


def test_a_change_sent_twice_is_made_once(portal: Portal, cast: Cast, kept: str) -> None:
    words = Words("Accueil", "Bonjour.")

    portal.canned_texts.change(cast.act("sam"), kept, words, seen_revision=1)
    portal.canned_texts.change(cast.act("sam"), kept, words, seen_revision=1)

    assert bodies(portal) == ["Bonjour."]


def test_a_withdrawn_text_is_kept_and_can_come_back(portal: Portal, cast: Cast, kept: str) -> None:
    portal.canned_texts.withdraw(cast.act("sam"), kept, seen_revision=1)
    assert (offered(portal), bodies(portal)) == ([], [HELLO.body])

    portal.canned_texts.restore(cast.act("sam"), kept, seen_revision=2)
    assert offered(portal) == ["Prise en charge"]


@pytest.mark.parametrize("name", ["alice", "bob", "ada"])
def test_only_staff_keeps_texts(portal: Portal, cast: Cast, kept: str, name: str) -> None:
    with pytest.raises(NotAllowed):
        portal.canned_texts.create(cast.act(name), HELLO)
    with pytest.raises(NotAllowed):
        portal.canned_texts.withdraw(cast.act(name), kept, seen_revision=1)


def test_what_does_not_exist_is_not_changed(portal: Portal, cast: Cast) -> None:
    with pytest.raises(CannedTextNotFound):
        portal.canned_texts.change(cast.act("sam"), "nothing", HELLO, seen_revision=1)
