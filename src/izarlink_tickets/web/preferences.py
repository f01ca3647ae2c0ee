"""« Personnalisation »: how the portal looks and when it writes. Every option is harmless (R9)."""

from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template
from werkzeug.wrappers import Response

from izarlink_tickets import i18n
from izarlink_tickets.accounts import MailPace, Preferences, Theme
from izarlink_tickets.domain.access import is_staff
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import portal, settings
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.forms import ChoiceField, Form, ListField, SwitchField, choices_of
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
# Where customers of a French provider are. Any other zone that an account has is offered to that account.
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


class PreferencesForm(Form):
    locale = ListField(_l("Langue"), choices=choices_of({code: LANGUAGES[code] for code in i18n.LANGUAGES}))
    timezone = ListField(_l("Fuseau horaire"), choices=lambda: choices_of(_time_zones()))
    theme = ChoiceField(_l("Thème"), choices=choices_of(THEMES))
    mails_own_acts = SwitchField(_l("Mails pour mes propres actions"))


class StaffPreferencesForm(PreferencesForm):
    """With what only people of IzarLink are asked."""

    mails_new_tickets = SwitchField(_l("Mails sur les nouveaux tickets"))
    mail_pace = ChoiceField(_l("Mails sur les tickets"), choices=choices_of(PACES))
    single_keys = SwitchField(_l("Raccourcis clavier d’une seule touche"))


@pages.get(PAGE)
@signed_in
def show() -> Response:
    return _page(_form()(obj=viewer()))


@pages.post(PAGE)
@signed_in
def change() -> Response:
    form = _form()()
    if form.validate():
        with form.refusals_shown():
            _save(_chosen(form))
            flash(_("Vos préférences sont enregistrées."))
            return redirect(PAGE, HTTPStatus.SEE_OTHER)
    return _page(form)


@pages.post(f"{PAGE}/defaut")
@signed_in
def restore() -> Response:
    form = _form()()
    if not form.validate():
        return _page(form)
    usual = Preferences(locale=settings().default_locale, timezone=settings().default_timezone)
    _save(usual)
    flash(_("Les valeurs par défaut sont rétablies."))
    return redirect(PAGE, HTTPStatus.SEE_OTHER)


def _save(preferences: Preferences) -> None:
    """Save them and go on in the language that they say: the next page confirms in it."""
    portal().people.save_preferences(viewer().id, preferences=preferences)
    i18n.speak(preferences.locale)


def _chosen(form: PreferencesForm) -> Preferences:
    account = viewer()
    # What is asked of staff alone stays for the others as it was.
    chosen = Preferences(
        locale=form.locale.data or account.locale,
        timezone=form.timezone.data or account.timezone,
        theme=Theme(form.theme.data or account.theme),
        mails_own_acts=form.mails_own_acts.data,
        mails_new_tickets=account.mails_new_tickets,
        single_keys=account.single_keys,
        mail_pace=account.mail_pace,
    )
    return _chosen_by_staff(form, chosen) if isinstance(form, StaffPreferencesForm) else chosen


def _chosen_by_staff(form: StaffPreferencesForm, chosen: Preferences) -> Preferences:
    return replace(
        chosen,
        mails_new_tickets=form.mails_new_tickets.data,
        single_keys=form.single_keys.data,
        mail_pace=MailPace(form.mail_pace.data or chosen.mail_pace),
    )


def _form() -> type[PreferencesForm]:
    return StaffPreferencesForm if is_staff(viewer().person) else PreferencesForm


def _time_zones() -> dict[str, str]:
    own = viewer().timezone
    return TIME_ZONES if own in TIME_ZONES else {own: own, **TIME_ZONES}


def _page(form: PreferencesForm) -> Response:
    page = render_template("preferences.html", form=form, is_staff=isinstance(form, StaffPreferencesForm))
    return make_response(page, form.status)
