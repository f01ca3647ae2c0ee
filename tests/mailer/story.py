"""Every event of tickets and accounts, once, with its mails.

    python -m tests.mailer.story

writes them into story.txt anew, after a change of wording: read the difference before you commit it.
"""

import email
import re
import tempfile
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from tests.cast import Cast
from tests.mailer.mail_room import BRANDING, journal_in
from tests.mailer.post_office import text_of
from tests.stage import set_up, settings_of

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.application.sign_ins import WrongCredentials
from izarlink_tickets.attachments import Upload
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.domain.vocabulary import Role, SilenceCause
from izarlink_tickets.mailer import Folder, Mailer

BOOK = Path(__file__).with_suffix(".txt")
# Besides the mails to alice: those to support, a watcher, and a new requester.
OTHERS = (
    "opened nora",
    "given nora",
    "watched carol",
    "asked carol",
    "silent nora",
    "answered nora",
    "noted nora",
    "resolved carol",
    "approved nora",
    "refused sam",
    "handed-over carol",
    "unwanted sam",
    "account-created denis",
    "address-wished alice.e",
    "password-renewed bob",
)
FILES = (Upload("mesure.txt", b"x" * 146_432),)
# A password and the secret part of a link, different each time.
_SECRETS = ((r"\b[a-z2-9]{4}(-[a-z2-9]{4}){3}\b", "PASSWORD"), (r"/[\w-]{43}\b", "/TOKEN"))


class Story:
    """A portal whose mails are collected after each command."""

    def __init__(self, portal: Portal, cast: Cast, folder: Path) -> None:
        self.portal = portal
        self.cast = cast
        self.mails: dict[str, EmailMessage] = {}
        self._folder = folder
        journal = journal_in(portal.settings.data_dir)
        self._mailer = Mailer(
            portal.database, transport=Folder(folder), branding=BRANDING, clock=cast.clock, journal=journal
        )

    def context(self, name: str, who: str, command: str, **facts: Any) -> None:
        """Run a command on a ticket, by default the first one.

        Without a name its mails are not collected.
        """
        getattr(self.portal.tickets, command)(self.cast.context(who), **{"number": 1, **facts})
        self.collect(name)

    def open(self, name: str, who: str, **facts: Any) -> None:
        """Open a ticket."""
        incident = {"ticket_type": "INCIDENT", "category": "DEBIT", "service_id": self.cast.fibre.id, "urgency": 4}
        texts = {
            "title": "Débit à 2 Mbit/s",
            "description": "Depuis 7 h, le débit plafonne.\n\nLes caisses en souffrent.",
        }
        self.portal.tickets.open(self.cast.context(who), **{**incident, **texts, **facts})
        self.collect(name)

    def collect(self, name: str) -> None:
        """Send what is due and keep it."""
        self._mailer.send_due()
        messages = {}
        for path in self._folder.glob("*.eml"):
            message = email.message_from_bytes(path.read_bytes(), policy=default)
            assert isinstance(message, EmailMessage)
            messages[f"{name} {str(message['To']).rpartition('@')[0]}"] = message
            path.unlink()
        if name:
            self.mails |= sorted(messages.items())

    def secret(self, name: str) -> str:
        """Return the secret part of the link in a mail."""
        match = re.search(r"/([\w-]{43})\b", text_of(self.mails[name], "plain"))
        assert match is not None
        return match[1]

    def texts(self) -> dict[str, str]:
        """Return subject and text of the collected mails, without secrets."""
        collected = {name: mail for name, mail in self.mails.items() if name.endswith(" alice") or name in OTHERS}
        return {name: _without_secrets(message) for name, message in collected.items()}


def play(settings: Settings, cast: Cast, folder: Path) -> Story:
    """Let everything happen."""
    portal = open_portal(settings.model_copy(update={"auto_close_days": 7}), load_keys(settings))
    story = Story(portal, cast, folder)
    for part in (_talk, _work, _solve, _end, _cancel, _keep_accounts):
        part(story)
    portal.database.close()
    return story


def _talk(story: Story) -> None:
    cast = story.cast
    story.open("opened", "alice", uploads=FILES)
    story.context("taken", "sam", "assign", assignee_id=cast["sam"].id)
    story.context("given", "sam", "assign", assignee_id=cast["nora"].id)
    story.context("watched", "nora", "add_watcher", account_id=cast["carol"].id)
    story.context("asked", "nora", "request_information", question="Quel voyant est allumé ?")
    cast.clock.advance(days=2)
    story.context("question-repeated", "system", "remind")
    cast.clock.advance(days=2)
    story.context("silent", "system", "report_silence", cause=SilenceCause.NO_ANSWER)
    story.context("answered", "alice", "add_follow_up", text="Le rouge.", uploads=FILES)
    story.context("replied", "nora", "add_follow_up", text="Merci, nous regardons.")
    story.context("followed-up", "alice", "add_follow_up", text="C’est pire.")
    story.context("file-sent", "alice", "add_follow_up", text="", uploads=FILES)
    story.context("noted", "sam", "add_internal_note", text="Voir l’OLT.", mentioned_ids=[cast["nora"].id])


def _work(story: Story) -> None:
    clock, reason = story.cast.clock, "L’opérateur intervient au NRO."
    story.context("held", "nora", "hold", reason=reason, until=clock.now + timedelta(days=3))
    story.context("resumed", "nora", "resume")
    story.context("", "nora", "hold", reason=reason, until=clock.now + timedelta(days=3))
    clock.advance(days=3)
    story.context("resumed-in-time", "system", "resume")
    kind = {"ticket_type": "DEMANDE", "category": "MODIFICATION", "service_id": None, "urgency": None, "impact": 4}
    story.context("requalified", "sam", "requalify", **kind, reason="C’est une demande de changement d’offre.")


def _solve(story: Story) -> None:
    clock = story.cast.clock
    story.context("resolved", "nora", "resolve", solution="L’optique a été remplacée.")
    story.context("revised", "nora", "revise_solution", solution="L’optique et la jarretière ont été remplacées.")
    story.context("withdrawn", "nora", "withdraw_solution", reason="La panne revient.")
    story.context("", "nora", "resolve", solution="Le port a été changé.")
    story.context("refused", "alice", "refuse_solution", solution_version=3, reason="Toujours lent.")
    story.context("", "nora", "resolve", solution="Le lien a été refait.")
    clock.advance(days=5)
    closes_on = (clock.now + timedelta(days=4)).date()
    story.context("solution-repeated", "system", "remind", closes_on=closes_on)
    story.context("approved", "alice", "approve_solution", solution_version=4, comment="Merci !")


def _end(story: Story) -> None:
    clock, carol = story.cast.clock, story.cast["carol"].id
    story.context("reopened", "alice", "reopen", reason="C’est revenu.")
    story.context("", "nora", "resolve", solution="Le boîtier a été changé.")
    story.context("approved-by-phone", "nora", "record_approval", note="Alice, au téléphone.")
    story.context("reopened-by-staff", "nora", "reopen", reason="Autre panne.")
    story.context("", "nora", "resolve", solution="Le lien tient depuis ce matin.")
    clock.advance(days=5)
    today = (clock.now + timedelta(days=2)).date()
    story.context("", "system", "remind", closes_on=today)
    clock.advance(days=2)
    story.context("closed-by-silence", "system", "auto_close", today=today)
    story.context("unwatched", "nora", "remove_watcher", account_id=carol)
    story.context("handed-over", "nora", "change_requester", account_id=carol)


def _cancel(story: Story) -> None:
    request = {"ticket_type": "DEMANDE", "category": "FACTURATION", "urgency": None, "service_id": None}
    invoice = {"title": "Facture d’octobre", "description": "Elle manque."}
    story.open("opened-for-her", "sam", requester_id=story.cast["alice"].id, **request, **invoice)
    story.context("", "sam", "assign", number=2, assignee_id=story.cast["sam"].id)
    story.context("unwanted", "alice", "request_cancellation", number=2, reason="Reçue entre-temps.")
    story.context("kept", "sam", "decline_cancellation", number=2, reason="Elle était fausse.")
    story.context("", "alice", "request_cancellation", number=2)
    story.context("wanted-again", "alice", "withdraw_cancellation_request", number=2)
    story.context("", "alice", "request_cancellation", number=2)
    story.context("dropped", "sam", "confirm_cancellation", number=2)
    story.open("", "alice", **request, **invoice)
    story.context("cancelled", "alice", "cancel", number=3, reason="Erreur de ma part.")


def _keep_accounts(story: Story) -> None:
    profiles, cast = story.portal.profiles, story.cast
    new_account = NewAccount("denis@etxea.example", "Denis Etcheverry", Role.CUSTOMER, "Boulangerie Etxea")
    story.portal.accounts.create_account(cast.context("root"), new_account)
    story.collect("account-created")
    profiles.request_password_reset(identifier="alice@etxea.example", remote_address="127.0.0.1", now=cast.clock())
    story.collect("password-forgotten")
    profiles.reset_password(
        story.secret("password-forgotten alice"), password="Trois pains et un chien", now=cast.clock()
    )
    story.collect("password-changed")
    for _ in range(5):
        _mistype(story)
    story.collect("sign-in-locked")
    profiles.request_email_change(cast["alice"].id, email="alice.e@etxea.example", now=cast.clock())
    story.collect("address-wished")
    profiles.confirm_email(story.secret("address-wished alice.e"), now=cast.clock())
    story.collect("address-changed")
    story.portal.accounts.renew_password(cast.context("root"), email="bob@etxea.example")
    story.collect("password-renewed")


def _mistype(story: Story) -> None:
    with suppress(WrongCredentials):
        story.portal.sign_ins.sign_in(
            identifier="alice@etxea.example",
            password="Trois pains et un chat",
            remote_address="127.0.0.1",
            user_agent="",
            now=story.cast.clock(),
        )


def _without_secrets(message: EmailMessage) -> str:
    text = f"Subject: {message['Subject']}\n\n{text_of(message, 'plain')}"
    for pattern, name in _SECRETS:
        text = re.sub(pattern, name, text)
    return text


def read_book() -> dict[str, str]:
    """Return the approved texts of the mails."""
    chapters = BOOK.read_text("utf-8").split("=== ")[1:]
    return dict(chapter.split("\n", 1) for chapter in chapters)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = set_up(Path(folder))
        story = play(settings_of(stage.folder), stage.cast, Path(folder, "mail"))
    BOOK.write_text("".join(f"=== {name}\n{text}" for name, text in story.texts().items()), "utf-8")


if __name__ == "__main__":
    main()
