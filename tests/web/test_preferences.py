"""« Personnalisation »: the options, and their defaults."""

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser

from izarlink_tickets.accounts import MailPace, Preferences, Theme, find_account
from izarlink_tickets.application import Portal

PAGE = "/profil/personnalisation"
CHOSEN = {"locale": "fr", "timezone": "Indian/Reunion", "theme": "dark"}


def preferences_of(portal: Portal, account_id: str) -> Preferences:
    with portal.database.query() as connection:
        account = find_account(connection, account_id=account_id)
    assert account is not None
    return Preferences(**{name: getattr(account, name) for name in Preferences.__slots__})


def test_what_was_chosen_is_kept(alice: Browser, portal: Portal, cast: Cast):
    answer = alice.send(PAGE, CHOSEN)

    assert answer.location == PAGE
    stored = preferences_of(portal, cast["alice"].id)
    assert stored == Preferences("fr", "Indian/Reunion", Theme.DARK, mails_own_acts=False, mails_new_tickets=True)


def test_the_chosen_theme_and_time_zone_are_used(alice: Browser):
    alice.send(PAGE, CHOSEN)

    page = alice.get("/profil/securite")

    assert page.tree.get("data-theme") == "dark"
    assert "changé le 02/11/2026 à 12:00" in page.words


def test_the_defaults_can_be_restored(alice: Browser, portal: Portal, cast: Cast):
    alice.send(PAGE, CHOSEN)

    answer = alice.send(f"{PAGE}/defaut", CHOSEN)

    assert answer.location == PAGE
    assert preferences_of(portal, cast["alice"].id) == Preferences()


def test_the_confirmation_is_said_in_the_language_that_was_chosen(alice: Browser):
    alice.send(PAGE, {**CHOSEN, "locale": "en"})
    in_english = alice.get(PAGE).announcements
    alice.send(f"{PAGE}/defaut", CHOSEN)

    assert in_english == ["Your preferences have been saved."]
    assert alice.get(PAGE).announcements == ["Les valeurs par défaut sont rétablies."]


@pytest.mark.parametrize(
    "label", ["Mails sur les nouveaux tickets", "Mails sur les tickets", "Raccourcis clavier d’une seule touche"]
)
def test_only_staff_sees_the_options_of_staff(alice: Browser, sam: Browser, label: str):
    assert label not in alice.get(PAGE).words
    assert label in sam.get(PAGE).words


@pytest.mark.parametrize("name", ["mails_new_tickets", "single_keys"])
def test_staff_can_switch_off_its_own_options(sam: Browser, portal: Portal, cast: Cast, name: str):
    sam.send(PAGE, CHOSEN)

    assert not getattr(preferences_of(portal, cast["sam"].id), name)


@pytest.mark.parametrize("name", ["mails_new_tickets", "single_keys"])
def test_a_customer_does_not_change_the_options_of_staff(alice: Browser, portal: Portal, cast: Cast, name: str):
    alice.send(PAGE, {**CHOSEN, "mails_own_acts": "y"})

    assert getattr(preferences_of(portal, cast["alice"].id), name)


def test_staff_can_have_one_mail_a_day(sam: Browser, portal: Portal, cast: Cast):
    sam.send(PAGE, {**CHOSEN, "mail_pace": "daily"})

    chosen = [option.get("value") for option in sam.get(PAGE).tree.iter("input") if "checked" in option.attrib]
    assert preferences_of(portal, cast["sam"].id).mail_pace is MailPace.DAILY
    assert "daily" in chosen


def test_an_unknown_pace_of_mails_is_refused(sam: Browser):
    page = sam.send(PAGE, {**CHOSEN, "mail_pace": "never"})

    assert (page.status, page.error_at("mail_pace")) == (422, "Choix inconnu. Choisissez une des valeurs proposées.")


@pytest.mark.parametrize("pace", ["daily", "never"])
def test_a_customer_can_not_ask_for_fewer_mails(alice: Browser, portal: Portal, cast: Cast, pace: str):
    answer = alice.send(PAGE, {**CHOSEN, "mail_pace": pace})

    assert answer.location == PAGE
    assert preferences_of(portal, cast["alice"].id).mail_pace is MailPace.EACH


@pytest.mark.parametrize("field", ["locale", "timezone", "theme"])
@pytest.mark.parametrize("typed", ["xx", "__class__", "../etc", "\0"])
def test_an_unknown_choice_is_refused(alice: Browser, field: str, typed: str):
    page = alice.send(PAGE, {**CHOSEN, field: typed})

    assert page.status == 422
    assert page.error_at(field) == "Choix inconnu. Choisissez une des valeurs proposées."


def test_two_values_for_one_choice_are_refused(alice: Browser):
    page = alice.send(PAGE, {**CHOSEN, "theme": ["dark", "light"]})

    assert page.status == 422


def test_a_time_zone_from_elsewhere_is_offered_to_who_has_it(alice: Browser, portal: Portal, cast: Cast):
    abroad = Preferences(timezone="Asia/Tokyo")
    portal.profiles.save_preferences(cast["alice"].id, preferences=abroad)

    page = alice.get(PAGE)

    chosen = [option.get("value") for option in page.tree.iter("option") if "selected" in option.attrib]
    assert "Asia/Tokyo" in chosen
