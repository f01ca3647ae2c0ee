"""The demo's mailbox: the mails in the default folder, to be read in the browser. It exists in the demo only."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, abort, make_response, render_template
from werkzeug.wrappers import Response

from izarlink_tickets.config import MailFolder
from izarlink_tickets.web.app_context import is_demo, settings
from izarlink_tickets.web.guards import public

pages = Blueprint("mailbox", __name__, url_prefix="/-/boite-aux-lettres")

# The newest; older ones are on the disk.
SHOWN = 100
SUFFIX = ".eml"


@dataclass(frozen=True)
class StoredMail:
    """A mail as it would have been sent. text: its plain part."""

    name: str
    to: str
    subject: str
    at: datetime | None
    text: str


@pages.get("")
@public
def show_all() -> Response:
    mails = [_read(path) for path in _newest(_folder())]
    return make_response(render_template("mailbox.html", mails=mails))


@pages.get("/<name>")
@public
def show_one(name: str) -> Response:
    # Compared with what is there, so that no name leads out of the folder.
    path = next((path for path in _newest(_folder()) if path.stem == name), None)
    if path is None:
        abort(404)
    return make_response(render_template("mail.html", mail=_read(path)))


def _folder() -> Path:
    target = settings().mail_target
    if not is_demo() or not isinstance(target, MailFolder):
        abort(404)
    return target.path


def _newest(folder: Path) -> list[Path]:
    # They are named by time.
    return sorted(folder.glob(f"*{SUFFIX}"), reverse=True)[:SHOWN]


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
