"""« Personnalisation »: language, time zone, theme and mails.

Source: guide §2, « Personnalisation »; every option is harmless, and the defaults can be restored.
"""

from dataclasses import replace

from flask import Blueprint
from werkzeug.wrappers import Response
from wtforms import BooleanField

from izarlink_tickets import i18n
from izarlink_tickets.accounts import Account, MailPace, Preferences, Theme
from izarlink_tickets.domain.access import is_staff
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import portal, settings
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.fields import ChoiceField, ListField, choices_of
from izarlink_tickets.web.forms import CommandForm, form_page, run_form
from izarlink_tickets.web.guards import signed_in

pages = Blueprint("preferences", __name__)

PAGE = "/profil/personnalisation"
LANGUAGES = {"fr": "Français", "en": "English"}
THEMES: dict[str, str] = {Theme.AUTO: _l("Comme mon appareil"), Theme.LIGHT: _l("Clair"), Theme.DARK: _l("Sombre")}
PACES: dict[str, str] = {
    MailPace.EACH: _l("Un mail par opération, aussitôt"),
    MailPace.HOURLY: _l("Un résumé par heure"),
    MailPace.DAILY: _l("Un résumé par jour, à 08:00"),
}
# Where a French provider's customers are; an account's other zone is offered to that account.
TIME_ZONES = {
    "Europe/Paris": _l("France métropolitaine"),
    "America/Guadeloupe": _l("Guadeloupe, Martinique, Saint-Martin"),
    "America/Cayenne": _l("Guyane"),
    "America/Miquelon": _l("Saint-Pierre-et-Miquelon"),
    "Indian/Reunion": _l("La Réunion"),
    "Indian/Mayotte": _l("Mayotte"),
    "Pacific/Noumea": _l("Nouvelle-Calédonie"),
    "Pacific/Tahiti": _l("Polynésie française"),
    "Pacific/Wallis": _l("Wallis-et-Futuna"),
    "Europe/London": _l("Royaume-Uni, Irlande"),
    "Europe/Lisbon": _l("Portugal"),
    "UTC": _l("Temps universel (UTC)"),
}


class PreferencesForm(CommandForm[Account, None]):
    done = _l("Vos préférences sont enregistrées.")

    locale = ListField(_l("Langue"), choices=choices_of({code: LANGUAGES[code] for code in i18n.LANGUAGES}))
    timezone = ListField(_l("Fuseau horaire"), choices=lambda: choices_of(_time_zones()))
    theme = ChoiceField(_l("Thème"), choices=choices_of(THEMES))
    mails_own_acts = BooleanField(_l("Mails pour mes propres actions"))

    def execute(self, account: Account) -> None:
        _save(account, self.preferences(account))

    def preferences(self, account: Account) -> Preferences:
        """Build the preferences; those that the form doesn't show stay."""
        return Preferences(
            locale=self.locale.data or account.locale,
            timezone=self.timezone.data or account.timezone,
            theme=Theme(self.theme.data or account.theme),
            mails_own_acts=self.mails_own_acts.data,
            mails_new_tickets=account.mails_new_tickets,
            single_keys=account.single_keys,
            mail_pace=account.mail_pace,
            mails_company_tickets=account.mails_company_tickets,
        )


class CompanyPreferencesForm(PreferencesForm):
    """The preferences of those who decide for their company."""

    mails_company_tickets = BooleanField(_l("Mails sur tous les tickets de ma société"))

    def preferences(self, account: Account) -> Preferences:
        return replace(super().preferences(account), mails_company_tickets=self.mails_company_tickets.data)


class StaffPreferencesForm(PreferencesForm):
    """The preferences of people at IzarLink, who have more of them."""

    mails_new_tickets = BooleanField(_l("Mails sur les nouveaux tickets"))
    mail_pace = ChoiceField(_l("Mails sur les tickets"), choices=choices_of(PACES))
    single_keys = BooleanField(_l("Raccourcis clavier d’une seule touche"))

    def preferences(self, account: Account) -> Preferences:
        return replace(
            super().preferences(account),
            mails_new_tickets=self.mails_new_tickets.data,
            single_keys=self.single_keys.data,
            mail_pace=MailPace(self.mail_pace.data or account.mail_pace),
        )


class DefaultPreferencesForm(CommandForm[Account, None]):
    """The button that restores the defaults."""

    done = _l("Les valeurs par défaut sont rétablies.")

    def execute(self, account: Account) -> None:
        _save(account, Preferences(locale=settings().default_locale, timezone=settings().default_timezone))


@pages.get(PAGE)
@signed_in
def show() -> Response:
    return _page(_form_class()(obj=viewer()))


@pages.post(PAGE)
@signed_in
def change() -> Response:
    form = _form_class()()
    return run_form(form, viewer(), location=lambda _: PAGE, page=lambda: _page(form))


@pages.post(f"{PAGE}/defaut")
@signed_in
def restore() -> Response:
    return run_form(DefaultPreferencesForm(), viewer(), location=lambda _: PAGE, page=_returned_page)


def _save(account: Account, preferences: Preferences) -> None:
    """Store the preferences, and continue in their language."""
    portal().profiles.save_preferences(account.id, preferences=preferences)
    i18n.set_language(preferences.locale)


def _form_class() -> type[PreferencesForm]:
    if is_staff(viewer().actor):
        return StaffPreferencesForm
    return CompanyPreferencesForm if viewer().role is Role.COMPANY else PreferencesForm


def _time_zones() -> dict[str, str]:
    own = viewer().timezone
    return TIME_ZONES if own in TIME_ZONES else {own: own, **TIME_ZONES}


def _returned_page() -> Response:
    """Render the typed preferences with their errors."""
    form = _form_class()()
    form.validate()
    return _page(form)


def _page(form: PreferencesForm) -> Response:
    return form_page("preferences.html", form, is_staff=isinstance(form, StaffPreferencesForm))
