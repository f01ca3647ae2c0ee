"""« Mails ».

Their state below entries and in the header; failed and uncertain ones.
"""

import pytest
from tests.cast import Cast
from tests.openings import open_incident
from tests.web.browsing import Browser

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.health import Problem, check_health
from izarlink_tickets.outbox import MailStatus, OutboxMessage

PAGE = "/bureau/mails"


@pytest.fixture
def messages(portal: Portal, cast: Cast) -> dict[str, OutboxMessage]:
    """Return the mails about alice's new ticket, by the recipient's first name."""
    open_incident(portal, cast)
    names = {account.id: name for name, account in cast.accounts.items()}
    with portal.database.query() as connection:
        rows = outbox.list_messages(connection, outbox.outbox.c.number == 1)
    return {names[message.account_id]: message for message in rows}


def finish(portal: Portal, cast: Cast, message: OutboxMessage, status: MailStatus, answer: str) -> None:
    (current,) = of(portal, message)
    with portal.database.command() as connection:
        outbox.finish(connection, current, status=status, now=cast.clock.now, answer=answer)


def put_off(portal: Portal, cast: Cast, message: OutboxMessage, *, is_doubtful: bool) -> None:
    (current,) = of(portal, message)
    with portal.database.command() as connection:
        outbox.schedule_retry(connection, current, now=cast.clock.now, answer="lost", is_doubtful=is_doubtful)


def press(browser: Browser, message: OutboxMessage, button: str) -> list[str]:
    """Press a button of the page; return the announcement."""
    browser.get(PAGE)
    answer = browser.send(f"{PAGE}/{message.id}/{button}")
    return browser.get(answer.location or "").announcements


# --- under the entry --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answer", "sentence"),
    [
        (MailStatus.SENT, "250 OK", "✉ remis au serveur de a…@etxea.example à 09:00:01"),
        (
            MailStatus.SENT,
            "written to x.eml",
            "✉ pour a…@etxea.example, déposé dans la boîte de démonstration à 09:00:01",
        ),
        (MailStatus.FAILED, "550 unknown", "✉ adresse refusée : a…@etxea.example"),
        (MailStatus.FAILED, "554 spam", "✉ refusé par le serveur de a…@etxea.example"),
        (MailStatus.FAILED, "451 later", "✉ abandonné, jamais remis à a…@etxea.example"),
        (MailStatus.CANCELLED, "closed", "✉ annulé : a…@etxea.example n’a plus accès au ticket"),
    ],
)
def test_a_customer_sees_the_state_of_their_own_mail(
    portal: Portal,
    cast: Cast,
    alice: Browser,
    *,
    messages: dict[str, OutboxMessage],
    status: MailStatus,
    answer: str,
    sentence: str,
) -> None:
    finish(portal, cast, messages["alice"], status, answer)

    page = alice.get("/tickets/1")

    assert sentence in page.words
    assert page.words.count("✉") == 1


@pytest.mark.parametrize(
    ("is_doubtful", "sentence"),
    [
        (False, "en échec vers a…@etxea.example, nouvel essai à 09:01:01"),
        (True, "incertain : la réponse du serveur de a…@etxea.example s’est perdue, nouvel essai à 09:01:01"),
    ],
)
def test_support_sees_the_state_of_every_mail(
    portal: Portal, cast: Cast, sam: Browser, *, messages: dict[str, OutboxMessage], is_doubtful: bool, sentence: str
) -> None:
    put_off(portal, cast, messages["alice"], is_doubtful=is_doubtful)
    finish(portal, cast, messages["nora"], MailStatus.SENT, "250 OK")

    words = sam.get("/bureau/tickets/1").words

    assert "✉ 3 mails · 1 à voir" in words
    assert f"Alice Etcheverry : {sentence}" in words
    assert "Nora Iriart : remis au serveur de n…@izarlink.example à 09:00:01" in words
    assert "Sam Iriart : en attente d’envoi à s…@izarlink.example" in words


def test_discarded_mails_are_shown_to_support_only(
    portal: Portal, cast: Cast, alice: Browser, sam: Browser, messages: dict[str, OutboxMessage]
) -> None:
    assert messages
    with portal.database.command() as connection:
        outbox.discard(connection, now=cast.clock())

    pages = [browser.get(page).words for browser, page in ((alice, "/tickets/1"), (sam, "/bureau/tickets/1"))]

    assert ["classé sans envoi à a…@etxea.example" in words for words in pages] == [False, True]


def test_support_reads_which_mail_waits_for_a_digest(
    portal: Portal, cast: Cast, sam: Browser, messages: dict[str, OutboxMessage]
) -> None:
    with portal.database.command() as connection:
        outbox.add_to_digest(connection, messages["nora"], at=cast.clock.now.replace(hour=9, minute=0, second=0))

    words = sam.get("/bureau/tickets/1").words

    assert "Nora Iriart : dans le prochain résumé de n…@izarlink.example, à 10:00:00" in words


def test_a_colleague_does_not_see_the_other_recipients(
    browser_of, cast: Cast, portal: Portal, messages: dict[str, OutboxMessage]
) -> None:
    finish(portal, cast, messages["alice"], MailStatus.FAILED, "550 unknown")

    assert "✉" not in browser_of("bob").get("/tickets/1").words


# --- the header -------------------------------------------------------------------------------------------------------


def test_the_header_shows_the_state_of_the_mails(
    portal: Portal, cast: Cast, sam: Browser, messages: dict[str, OutboxMessage]
) -> None:
    at_once = sam.get("/bureau").words
    cast.clock.advance(minutes=6)
    late = sam.get("/bureau").words
    finish(portal, cast, messages["alice"], MailStatus.FAILED, "550 unknown")
    with portal.database.command() as connection:
        outbox.discard(connection, now=cast.clock.now)
    failed, problems = sam.get("/bureau").words, check_health(portal, now=cast.clock.now).problems
    press(sam, messages["alice"], "classer")

    assert "Mails : à jour" in at_once
    assert "3 mails en retard" in late
    assert "1 mail à voir" in failed
    assert problems == [Problem.MAILS_FAILED]
    assert check_health(portal, now=cast.clock.now).problems == []
    assert "Mails : à jour" in sam.get("/bureau").words


def test_customers_do_not_see_other_people_s_mails(alice: Browser, messages: dict[str, OutboxMessage]) -> None:
    assert "Mails" not in alice.get("/tickets").words


# --- what is done about them ------------------------------------------------------------------------------------------


def test_a_failed_mail_is_sent_again_once(
    portal: Portal, cast: Cast, sam: Browser, messages: dict[str, OutboxMessage]
) -> None:
    finish(portal, cast, messages["alice"], MailStatus.FAILED, "550 unknown")
    words = sam.get(PAGE).words

    first, second = (press(sam, messages["alice"], "renvoyer") for _ in range(2))

    assert "adresse refusée : a…@etxea.example" in words
    assert (first, second) == (["Le mail va être envoyé dans un instant."], ["Le mail va être envoyé dans un instant."])
    (again,) = of(portal, messages["alice"])
    assert (again.status, again.created_at) == (MailStatus.WAITING, cast.clock.now)
    assert "Traités récemment" in (words := sam.get(PAGE).words)
    assert "Renvoyé par Sam Iriart le 02/11/2026 à 09:00" in words


def test_a_filed_uncertain_mail_comes_back_only_when_it_is_uncertain_again(
    portal: Portal, cast: Cast, sam: Browser, messages: dict[str, OutboxMessage]
) -> None:
    put_off(portal, cast, messages["alice"], is_doubtful=True)
    finish(portal, cast, messages["alice"], MailStatus.SENT, "250 OK")
    page = sam.get(PAGE)

    first, second = (press(sam, messages["alice"], "classer") for _ in range(2))

    assert "peut-être plus d’une fois" in page.words
    assert "Renvoyer" in page.words
    assert (first, second) == (["Le mail est classé."], ["Ce mail est déjà réglé."])
    assert "Aucun mail en souffrance" in sam.get(PAGE).words
    assert "Classé par Sam Iriart le 02/11/2026 à 09:00" in sam.get(PAGE).words


def test_the_operator_s_actions_are_shown_as_such(
    portal: Portal, cast: Cast, sam: Browser, messages: dict[str, OutboxMessage]
) -> None:
    finish(portal, cast, messages["alice"], MailStatus.FAILED, "550 unknown")
    portal.mails.send_again(cast.context("system"), [messages["alice"].id])
    finish(portal, cast, messages["alice"], MailStatus.FAILED, "550 unknown")

    page = sam.get(PAGE)

    assert "Renvoyé par l’opérateur le 02/11/2026 à 09:00" in page.words
    assert "Traités récemment" not in page.words


def test_an_expired_form_does_nothing(
    portal: Portal, cast: Cast, sam: Browser, messages: dict[str, OutboxMessage]
) -> None:
    finish(portal, cast, messages["alice"], MailStatus.FAILED, "550 unknown")

    answer = sam.post(f"{PAGE}/{messages['alice'].id}/classer", {"csrf_token": "x"})

    assert answer.status == 400
    assert [message.status for message in of(portal, messages["alice"])] == [MailStatus.FAILED]


def of(portal: Portal, message: OutboxMessage) -> list[OutboxMessage]:
    with portal.database.query() as connection:
        return outbox.list_messages(connection, outbox.outbox.c.id == message.id)
