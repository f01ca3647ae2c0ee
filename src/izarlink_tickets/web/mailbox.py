"""The demo's mailbox: the default folder's mails in the browser."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, abort, make_response
from werkzeug.wrappers import Response

from izarlink_tickets.config import MailFolder
from izarlink_tickets.web.app_context import is_demo, settings
from izarlink_tickets.web.guards import public
from izarlink_tickets.web.templating import render

pages = Blueprint("mailbox", __name__, url_prefix="/-/boite-aux-lettres")

# The newest mails on the page; older ones are on the disk.
MAX_MAILS = 100
SUFFIX = ".eml"


@dataclass(frozen=True)
class StoredMail:
    """A mail in the folder. text: its plain part. at: aware."""

    name: str
    to: str
    subject: str
    at: datetime | None
    text: str


@pages.get("")
@public
def show_all() -> Response:
    mails = [_read(path) for path in _newest(_folder())]
    return make_response(render("mailbox.html", mails=mails))


@pages.get("/<name>")
@public
def show_one(name: str) -> Response:
    # Compared with the existing names, so that no name leaves the folder.
    path = next((path for path in _newest(_folder()) if path.stem == name), None)
    if path is None:
        abort(404)
    return make_response(render("mail.html", mail=_read(path)))


def _folder() -> Path:
    target = settings().mail_target
    if not is_demo() or not isinstance(target, MailFolder):
        abort(404)
    return target.path


def _newest(folder: Path) -> list[Path]:
    # Their names begin with the time.
    return sorted(folder.glob(f"*{SUFFIX}"), reverse=True)[:MAX_MAILS]


def _read(path: Path) -> StoredMail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    sent = message["Date"]
    return StoredMail(
        name=path.stem,
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        at=sent.datetime if sent else None,
        text=_plain_part(message),
    )


def _plain_part(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return part.get_content() if isinstance(part, EmailMessage) else ""
