"""Mails about accounts: secrets, links, notices."""

import re

import pytest
from tests.application.second_factor_holders import Holder
from tests.cast import PASSWORD
from tests.mailer.mail_room import MailRoom
from tests.mailer.post_office import DROP, Received

from izarlink_tickets.accounts import (
    Account,
    LinkNotValid,
    Preferences,
    Purpose,
    find_credentials,
    find_token,
    hash_password,
    set_password,
)
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.domain.vocabulary import Role

DENIS = NewAccount("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, "Boulangerie Etxea")


@pytest.fixture
def welcoming_room(room: MailRoom) -> MailRoom:
    """Return a room in which denis's credentials wait."""
    room.portal.accounts.create_account(room.cast.context("root"), DENIS)
    return room


@pytest.fixture
def forgetful_room(room: MailRoom) -> MailRoom:
    """Return a room in which alice's password link waits."""
    now = room.cast.clock.now
    room.portal.profiles.request_password_reset(identifier="alice@etxea.example", remote_address="127.0.0.1", now=now)
    return room


@pytest.fixture
def moving_room(room: MailRoom) -> MailRoom:
    """Return a room in which alice's confirmation link waits."""
    room.portal.profiles.request_email_change(
        room.cast["alice"].id, email="alice.e@etxea.example", now=room.cast.clock.now
    )
    return room


def password_in(mail: Received) -> str:
    return str(re.findall(r"^Mot de passe initial\xa0:\n(\S+)$", mail.text, re.MULTILINE)[0])


def token_in(mail: Received) -> str:
    return str(re.findall(r"/([\w-]{43})$", mail.text, re.MULTILINE)[0])


def sign_in(room: MailRoom, email: str, password: str) -> Account | None:
    with room.portal.database.query() as connection:
        return find_credentials(connection, email=email, now=room.cast.clock.now).check(password)


def is_valid(room: MailRoom, token: str, purpose: Purpose) -> bool:
    with room.portal.database.query() as connection:
        try:
            find_token(connection, token=token, purpose=purpose, now=room.cast.clock.now)
        except LinkNotValid:
            return False
    return True


# --- credentials ------------------------------------------------------------------------------------------------------


def test_the_credentials_open_the_account(welcoming_room: MailRoom) -> None:
    welcoming_room.send()

    (mail,) = welcoming_room.received()
    session = sign_in(welcoming_room, "denis@etxea.example", password_in(mail))
    assert mail.recipient == "denis@etxea.example"
    assert session is not None
    assert session.must_change_password


def test_the_mail_contains_the_url_and_the_identifier(welcoming_room: MailRoom) -> None:
    welcoming_room.send()

    lines = welcoming_room.received()[0].text.splitlines()
    assert "https://support.example/" in lines
    assert "denis@etxea.example" in lines


def test_each_attempt_has_a_password_and_an_id_of_its_own_and_both_passwords_work(welcoming_room: MailRoom) -> None:
    welcoming_room.office.will_answer("DATA", DROP)
    welcoming_room.send()
    welcoming_room.cast.clock.advance(minutes=1)
    welcoming_room.send()

    first, second = welcoming_room.received()
    assert first.message_id != second.message_id
    assert password_in(first) != password_in(second)
    assert sign_in(welcoming_room, "denis@etxea.example", password_in(first)) is not None
    assert sign_in(welcoming_room, "denis@etxea.example", password_in(second)) is not None


def test_credentials_that_waited_are_valid_for_seven_days_from_their_mail(welcoming_room: MailRoom) -> None:
    welcoming_room.cast.clock.advance(days=1)
    welcoming_room.send()
    (mail,) = welcoming_room.received()

    welcoming_room.cast.clock.advance(days=6, hours=23)

    assert sign_in(welcoming_room, "denis@etxea.example", password_in(mail)) is not None
    assert "jusqu’au 10/11/2026 à 09:00" in mail.text


def test_an_account_that_has_chosen_a_password_gets_no_initial_one(welcoming_room: MailRoom) -> None:
    (message,) = welcoming_room.messages()
    with welcoming_room.portal.database.command() as connection:
        now = welcoming_room.cast.clock.now
        set_password(connection, account_id=message.account_id, password_hash=hash_password(PASSWORD), now=now)

    welcoming_room.send()

    assert welcoming_room.received() == []
    assert [(message.status, message.last_answer) for message in welcoming_room.messages()] == [
        ("cancelled", "the account has a password")
    ]


def test_no_secret_stands_in_the_outbox(welcoming_room: MailRoom) -> None:
    welcoming_room.send()

    password = password_in(welcoming_room.received()[0])
    assert password not in repr(welcoming_room.messages())


# --- links ------------------------------------------------------------------------------------------------------------


def test_the_link_for_a_new_password_works_for_half_an_hour(forgetful_room: MailRoom) -> None:
    forgetful_room.cast.clock.advance(hours=5)
    forgetful_room.send()
    token = token_in(forgetful_room.mail_to("alice"))

    forgetful_room.cast.clock.advance(minutes=29)
    in_time = is_valid(forgetful_room, token, Purpose.RESET)
    forgetful_room.cast.clock.advance(minutes=1)
    too_late = is_valid(forgetful_room, token, Purpose.RESET)

    assert (in_time, too_late) == (True, False)


def test_the_link_to_confirm_an_address_goes_to_that_address(moving_room: MailRoom) -> None:
    moving_room.send()

    (mail,) = moving_room.received()
    assert mail.recipient == "alice.e@etxea.example"
    assert f"https://support.example/profil/mail/{token_in(mail)}" in mail.text.splitlines()
    assert is_valid(moving_room, token_in(mail), Purpose.EMAIL)


def test_an_obsolete_address_gets_no_link(moving_room: MailRoom) -> None:
    with moving_room.portal.database.command() as connection:
        now = moving_room.cast.clock.now
        set_password(connection, account_id=moving_room.cast["alice"].id, password_hash="x", now=now)

    moving_room.send()

    assert moving_room.received() == []
    assert moving_room.statuses() == {"alice": "cancelled"}


def test_the_notice_of_a_new_address_goes_to_the_old_one_and_is_forgotten_then(moving_room: MailRoom) -> None:
    moving_room.send()
    now = moving_room.cast.clock.advance(minutes=1)
    moving_room.portal.profiles.confirm_email(token_in(moving_room.received()[0]), now=now)
    moving_room.office.received.clear()

    moving_room.send()

    assert [mail.recipient for mail in moving_room.received()] == ["alice@etxea.example"]
    assert {message.address for message in moving_room.messages()} == {None}


def test_a_changed_password_is_notified(forgetful_room: MailRoom) -> None:
    forgetful_room.send()
    token = token_in(forgetful_room.mail_to("alice"))
    forgetful_room.office.received.clear()
    now = forgetful_room.cast.clock.advance(minutes=10)
    forgetful_room.portal.profiles.reset_password(token, password="Trois pains et un chien", now=now)

    forgetful_room.cast.clock.advance(hours=1)
    forgetful_room.send()

    assert "a été changé le 02/11/2026 à 09:10." in forgetful_room.mail_to("alice").text


def test_a_deactivated_account_gets_no_link(forgetful_room: MailRoom) -> None:
    forgetful_room.portal.accounts.deactivate(forgetful_room.cast.context("root"), email="alice@etxea.example")

    forgetful_room.send()

    assert forgetful_room.received() == []


# --- second factors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("locale", "subjects", "what_to_do"),
    [
        (
            "fr",
            {
                "Un second facteur a été ajouté à votre compte",
                "Un second facteur a été retiré de votre compte",
                "Votre double authentification a été réinitialisée",
                "Vos codes de secours ont été créés",
                "Un code de secours a été utilisé",
            },
            r"(Sinon, changez tout de suite votre mot|Si vous n’avez rien demandé,).* prévenez .*le support IzarLink\.",
        ),
        (
            "en",
            {
                "A second factor was added to your account",
                "A second factor was removed from your account",
                "Your two-step sign-in was reset",
                "Your recovery codes were created",
                "A recovery code was used",
            },
            r"(If not, change your password at once and tell|If you did not ask for this, tell) IzarLink support",
        ),
    ],
)
def test_each_change_of_a_second_factor_is_told_without_secrets(
    room: MailRoom, locale: str, subjects: set[str], what_to_do: str
) -> None:
    factors, cast, clock = room.portal.second_factors, room.cast, room.cast.clock
    room.portal.profiles.save_preferences(cast["sam"].id, preferences=Preferences(locale=locale))
    sam = Holder(room.portal, clock, cast["sam"].email)
    codes = factors.create_recovery_codes(sam.add_app(sam.begin()), now=clock())
    visitor = sam.add_app(factors.remove_app(sam.type_code(sam.begin(), codes[0]), now=clock()))
    codes += factors.create_recovery_codes(visitor, now=clock())
    room.portal.accounts.reset_second_factor(cast.context("root"), email=sam.email)

    while room.send():
        pass

    mails = room.received()
    assert {mail.recipient for mail in mails} == {sam.email}
    assert {str(mail.message["Subject"]).removeprefix("[IzarLink] ") for mail in mails} == subjects
    assert [mail.text for mail in mails if not re.search(what_to_do, " ".join(mail.text.split()))] == []
    secrets = [sam.secret, sam.code(), *codes, *(code.replace("-", "") for code in codes)]
    assert [secret for secret in secrets for mail in mails if secret in mail.text + mail.html] == []


# --- the person's own language and clock ------------------------------------------------------------------------------


def test_a_mail_speaks_its_readers_language_and_tells_the_time_of_their_zone(room: MailRoom) -> None:
    room.portal.profiles.save_preferences(
        room.cast["alice"].id, preferences=Preferences(locale="en", timezone="Indian/Reunion")
    )
    room.open_ticket()

    room.send()

    assert "You opened the ticket on 02/11/2026 at 12:00" in room.mail_to("alice").text
    assert room.mail_to("alice").message["Content-Language"] == "en"
    assert "a ouvert le ticket le 02/11/2026 à 09:00" in room.mail_to("sam").text
