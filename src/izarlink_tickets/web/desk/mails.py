"""« Mails »: failed, uncertain and late mails."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.domain.vocabulary import SYSTEM
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.outbox import MailKind, MailStatus
from izarlink_tickets.outbox.deliveries import LISTED, Delivery, list_handled_mails, list_problem_mails
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.filters import moment
from izarlink_tickets.web.forms import CommandForm, Form, form_page, run_form
from izarlink_tickets.web.guards import staff

pages = Blueprint("mails", __name__, url_prefix="/mails")

_KINDS: Mapping[MailKind, str] = {
    MailKind.CREDENTIALS: _l("Identifiants"),
    MailKind.PASSWORD_RENEWED: _l("Mot de passe réinitialisé"),
    MailKind.PASSWORD_RESET: _l("Lien de mot de passe"),
    MailKind.PASSWORD_CHANGED: _l("Mot de passe changé"),
    MailKind.SIGN_IN_LOCKED: _l("Mots de passe incorrects"),
    MailKind.EMAIL_CONFIRMATION: _l("Confirmation d’adresse"),
    MailKind.EMAIL_CHANGED: _l("Adresse changée"),
    MailKind.BREAK_GLASS_USED: _l("Compte de secours utilisé"),
    MailKind.SECOND_FACTOR_ADDED: _l("Second facteur ajouté"),
    MailKind.SECOND_FACTOR_REMOVED: _l("Second facteur retiré"),
    MailKind.SECOND_FACTOR_RESET: _l("Double authentification réinitialisée"),
    MailKind.RECOVERY_CODES_CREATED: _l("Codes de secours créés"),
    MailKind.RECOVERY_CODE_USED: _l("Code de secours utilisé"),
}


@dataclass(frozen=True, slots=True)
class ProblemMailView:
    """A mail that needs somebody.

    address: of the ticket's entry, if any. label: how far the mail is. resend_label: of the button.
    """

    id: str
    about: str
    address: str | None
    name: str
    label: wording.DeliveryLabel
    answer: str | None
    attempts: int
    written_at: datetime
    resend_label: str
    can_be_filed: bool
    handled: str | None


class MailForm(CommandForm[str, int]):
    """A button beside a mail. Its result counts the changed mails."""

    def success_message(self, result: int) -> str:
        # A second click, or a colleague's, changes none.
        return super().success_message(result) if result else _("Ce mail est déjà réglé.")


class ResendForm(MailForm):
    done = _l("Le mail va être envoyé dans un instant.")

    def execute(self, mail_id: str) -> int:
        return portal().mails.send_again(self.context, [mail_id])


class FilingForm(MailForm):
    done = _l("Le mail est classé.")

    def execute(self, mail_id: str) -> int:
        return portal().mails.dismiss(self.context, [mail_id])


@pages.get("")
@staff
def show() -> Response:
    return _page(Form(formdata=None))


@pages.post("/<mail_id>/renvoyer")
@staff
def send_again(mail_id: str) -> Response:
    return _run(ResendForm(), mail_id)


@pages.post("/<mail_id>/classer")
@staff
def file(mail_id: str) -> Response:
    return _run(FilingForm(), mail_id)


def _run(form: MailForm, mail_id: str) -> Response:
    return run_form(form, mail_id, location=lambda _count: url_for("desk.mails.show"), page=lambda: _page(form))


def _page(form: Form) -> Response:
    with portal().database.query() as connection:
        problems, handled = list_problem_mails(connection, now=now()), list_handled_mails(connection)
    return form_page(
        "desk/mails.html",
        form,
        mails=[_problem_mail_view(delivery) for delivery in problems],
        handled=[_problem_mail_view(delivery) for delivery in handled if delivery not in problems],
        has_more=len(problems) == LISTED,
    )


def _problem_mail_view(delivery: Delivery) -> ProblemMailView:
    return ProblemMailView(
        id=delivery.id,
        about=_about(delivery),
        address=_address(delivery),
        name=delivery.name,
        label=wording.delivery_label(delivery, authentication.viewer()),
        answer=delivery.last_answer,
        attempts=delivery.attempts,
        written_at=delivery.created_at,
        resend_label=_resend_label(delivery),
        can_be_filed=delivery.status is not MailStatus.WAITING,
        handled=_handled(delivery),
    )


def _handled(delivery: Delivery) -> str | None:
    """Format who handled the mail last, and when; None where nobody has."""
    if delivery.handled_at is None:
        return None
    is_operator = delivery.handled_by == SYSTEM.account_id
    who = _("l’opérateur") if is_operator else delivery.handler or _("Compte effacé")
    values = {"who": who, "at": moment(delivery.handled_at)}
    return (
        _("Classé par %(who)s le %(at)s", **values)
        if delivery.was_dismissed
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


def _resend_label(delivery: Delivery) -> str:
    if delivery.status is MailStatus.WAITING:
        return _("Réessayer maintenant")
    return _("Réessayer") if delivery.status is MailStatus.FAILED else _("Renvoyer")
