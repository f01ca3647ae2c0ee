"""« Profil »: contact details, confirmation of a new address."""

from flask import Blueprint
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import Account, InvalidEmail, email_of, fold_email
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import end_session, is_signed_in, viewer
from izarlink_tickets.web.fields import LineField
from izarlink_tickets.web.forms import CommandForm, form_page, run_form
from izarlink_tickets.web.guards import public, signed_in

pages = Blueprint("profile", __name__)

CONFIRM_BY_LINK = _l(
    "Un lien vient d’être envoyé à {email}. Ouvrez-le et confirmez : la nouvelle adresse remplacera alors l’ancienne."
)


class ContactForm(CommandForm[Account, str | None]):
    """The contact details. The result is an unconfirmed address, if any.

    Source: guide §2, "valider les informations vous concernant ; mail, téléphone".
    """

    done = _l("Vos coordonnées sont enregistrées.")

    name = LineField(_l("Nom"))
    email = LineField(_l("Mail"))
    phone = LineField(_l("Téléphone"))

    def needs_proof(self, _account: Account) -> bool:
        """Whether the mail address changes."""
        return self._changes_email()

    def execute(self, account: Account) -> str | None:
        """Store the details; a new address waits for its confirmation."""
        profiles, email, moves = portal().profiles, email_of(self.email.data), self._changes_email()
        profiles.confirm_contact(account.id, name=self.name.data, phone=self.phone.data, now=now())
        if not moves:
            return None
        profiles.request_email_change(account.id, email=email, now=now())
        return email

    def success_message(self, email: str | None) -> str:
        message = super().success_message(email)
        return f"{message} {CONFIRM_BY_LINK.format(email=email)}" if email else message

    def _changes_email(self) -> bool:
        try:
            return fold_email(email_of(self.email.data)) != fold_email(viewer().email)
        except InvalidEmail:
            # Its own refusal comes with the command.
            return False


class EmailForm(CommandForm[str, Account]):
    """Confirms a new mail address, by the token of its link.

    Mail programs open links by themselves, so the link alone changes nothing.
    is_refused: the link is not valid, and the button would change nothing.
    """

    is_refused = False

    def execute(self, token: str) -> Account:
        """Confirm the address; the account's sessions end."""
        account = portal().profiles.confirm_email(token, now=now())
        if is_signed_in() and viewer().id == account.id:
            end_session()
        return account

    def success_message(self, account: Account) -> str:
        return _(
            "Votre adresse mail est maintenant %(email)s. C’est aussi votre identifiant : connectez-vous avec lui.",
            email=account.email,
        )

    def add_refusal(self, refusal: Refusal) -> None:
        super().add_refusal(refusal)
        self.is_refused = True


@pages.get("/profil")
@signed_in
def show_contact() -> Response:
    return form_page("profile.html", ContactForm(obj=viewer()))


@pages.post("/profil")
@signed_in
def change_contact() -> Response:
    form = ContactForm()
    return run_form(form, viewer(), location=lambda _: "/profil", page=lambda: form_page("profile.html", form))


@pages.get("/profil/mail/<token>")
@public
def show_new_address(token: str) -> Response:
    form = EmailForm()
    with form.catch_refusals():
        portal().profiles.find_email_change(token, now=now())
    return form_page("new_address.html", form)


@pages.post("/profil/mail/<token>")
@public
def confirm_new_address(token: str) -> Response:
    form = EmailForm()
    return run_form(
        form,
        token,
        location=lambda _: "/connexion",
        page=lambda: form_page("new_address.html", form),
    )
