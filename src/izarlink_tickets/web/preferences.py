"""« Personnalisation »: how the portal looks and when it writes. Every option is harmless (R9)."""

from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template
from werkzeug.wrappers import Response

from izarlink_tickets import i18n
from izarlink_tickets.accounts import Preferences, Theme
from izarlink_tickets.domain.access import is_staff
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.context import portal, settings
from izarlink_tickets.web.forms import ChoiceField, Form, ListField, SwitchField, choices_of
from izarlink_tickets.web.guards import signed_in

pages = Blueprint("preferences", __name__)

PAGE = "/profil/personnalisation"
LANGUAGES = {"fr": "Français", "en": "English"}
THEMES: dict[str, str] = {Theme.AUTO: _l("Comme mon appareil"), Theme.LIGHT: _l("Clair"), Theme.DARK: _l("Sombre")}
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
    mails_new_tickets = SwitchField(_l("Mails des nouveaux tickets"))
    single_keys = SwitchField(_l("Raccourcis clavier d’une seule touche"))


@pages.get(PAGE)
@signed_in
def show() -> Response:
    return _page(PreferencesForm(obj=viewer()))


@pages.post(PAGE)
@signed_in
def change() -> Response:
    form = PreferencesForm()
    if form.validate():
        with form.refusals_shown():
            portal().people.save_preferences(viewer().id, preferences=_chosen(form))
            flash(_("Vos préférences sont enregistrées."))
            return redirect(PAGE, HTTPStatus.SEE_OTHER)
    return _page(form)


@pages.post(f"{PAGE}/defaut")
@signed_in
def restore() -> Response:
    form = PreferencesForm()
    if not form.validate():
        return _page(form)
    usual = Preferences(locale=settings().default_locale, timezone=settings().default_timezone)
    portal().people.save_preferences(viewer().id, preferences=usual)
    flash(_("Les valeurs par défaut sont rétablies."))
    return redirect(PAGE, HTTPStatus.SEE_OTHER)


def _chosen(form: PreferencesForm) -> Preferences:
    account = viewer()
    # What is asked of staff alone stays for the others as it was.
    of_staff = form if is_staff(account.person) else PreferencesForm(formdata=None, obj=account)
    return Preferences(
        locale=form.locale.data or account.locale,
        timezone=form.timezone.data or account.timezone,
        theme=Theme(form.theme.data or account.theme),
        mails_own_acts=form.mails_own_acts.data,
        mails_new_tickets=of_staff.mails_new_tickets.data,
        single_keys=of_staff.single_keys.data,
    )


def _time_zones() -> dict[str, str]:
    own = viewer().timezone
    return TIME_ZONES if own in TIME_ZONES else {own: own, **TIME_ZONES}


def _page(form: PreferencesForm) -> Response:
    page = render_template("preferences.html", form=form, is_staff=is_staff(viewer().person))
    return make_response(page, form.status)
