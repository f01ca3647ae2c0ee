"""« Mails »: those that failed, are in doubt or have waited for long, and what a person does about each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.domain.vocabulary import SYSTEM, CommandContext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.outbox import MailKind, MailStatus
from izarlink_tickets.outbox.deliveries import LISTED, Delivery, list_handled_mails, list_problem_mails
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.forms import Form
from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.template_globals import moment

pages = Blueprint("mails", __name__, url_prefix="/mails")

_KINDS: Mapping[MailKind, str] = {
    MailKind.CREDENTIALS: _l("Identifiants"),
    MailKind.PASSWORD_RENEWED: _l("Mot de passe réinitialisé"),
    MailKind.PASSWORD_RESET: _l("Lien de mot de passe"),
    MailKind.PASSWORD_CHANGED: _l("Mot de passe changé"),
    MailKind.EMAIL_CONFIRMATION: _l("Confirmation d’adresse"),
    MailKind.EMAIL_CHANGED: _l("Adresse changée"),
}


@dataclass(frozen=True, slots=True)
class ProblemMailView:
    """A mail that needs somebody. again: what the button says that sends it; address: of the ticket's entry, if any."""

    id: str
    about: str
    address: str | None
    name: str
    said: wording.DeliveryLabel
    answer: str | None
    attempts: int
    written_at: datetime
    again: str
    may_be_filed: bool
    handled: str | None


@pages.get("")
@staff
def show() -> Response:
    return _page(Form(formdata=None))


@pages.post("/<mail_id>/renvoyer")
@staff
def send_again(mail_id: str) -> Response:
    return _carry_out(portal().mails.send_again, mail_id, _("Le mail va être envoyé dans un instant."))


@pages.post("/<mail_id>/classer")
@staff
def file(mail_id: str) -> Response:
    return _carry_out(portal().mails.file, mail_id, _("Le mail est classé."))


def _carry_out(command: Callable[[CommandContext, Sequence[str]], int], mail_id: str, done: str) -> Response:
    form = Form()
    if not form.validate():
        return _page(form)
    # A second click, or a colleague's, finds nothing left to do.
    count = command(authentication.command_context(form.command_id.data), [mail_id])
    flash(done if count else _("Ce mail est déjà réglé."))
    return redirect(url_for("desk.mails.show"), HTTPStatus.SEE_OTHER)


def _page(form: Form) -> Response:
    with portal().database.query() as connection:
        found, done = list_problem_mails(connection, now=now()), list_handled_mails(connection)
    page = render_template(
        "desk/mails.html",
        form=form,
        mails=[_shown(one) for one in found],
        handled=[_shown(one) for one in done if one not in found],
        has_more=len(found) == LISTED,
    )
    return make_response(page, form.status)


def _shown(delivery: Delivery) -> ProblemMailView:
    waits = delivery.status is MailStatus.WAITING
    return ProblemMailView(
        id=delivery.id,
        about=_about(delivery),
        address=_address(delivery),
        name=delivery.name,
        said=wording.delivery_label(delivery, authentication.viewer()),
        answer=delivery.last_answer,
        attempts=delivery.attempts,
        written_at=delivery.created_at,
        again=_again(delivery),
        may_be_filed=not waits,
        handled=_handled(delivery),
    )


def _handled(delivery: Delivery) -> str | None:
    """Say who dealt with it last, and when."""
    if delivery.handled_at is None:
        return None
    is_operator = delivery.handled_by == SYSTEM.account_id
    who = _("l’opérateur") if is_operator else delivery.handler or _("Compte effacé")
    values = {"who": who, "at": moment(delivery.handled_at)}
    return (
        _("Classé par %(who)s le %(at)s", **values)
        if delivery.was_filed
        else _("Renvoyé par %(who)s le %(at)s", **values)
    )


def _about(delivery: Delivery) -> str:
    if delivery.kind in _KINDS:
        return str(_KINDS[delivery.kind])
    return _("Ticket n° %(number)s", number=delivery.number)


def _address(delivery: Delivery) -> str | None:
    if delivery.number is None:
        return None
    return url_for("desk.ticket.show", number=delivery.number, entree=delivery.entry, _anchor=f"e{delivery.entry}")


def _again(delivery: Delivery) -> str:
    if delivery.status is MailStatus.WAITING:
        return _("Réessayer maintenant")
    return _("Réessayer") if delivery.status is MailStatus.FAILED else _("Renvoyer")
