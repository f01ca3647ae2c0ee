"""The typed text of a form that can't be answered now.

The response carries the fields as hidden inputs, and one button sends them again; the server stores nothing. Passwords
and files are left out. Only the portal's own forms are carried, and only short ones: whoever isn't signed in gets
little back.
"""

from dataclasses import dataclass

from flask import request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from izarlink_tickets import security_log
from izarlink_tickets.security_log import Reason
from izarlink_tickets.web import csrf
from izarlink_tickets.web.addresses import local_target
from izarlink_tickets.web.authentication import is_signed_in
from izarlink_tickets.web.request_limits import MAX_CARRIED_BYTES, MAX_CARRIED_FIELDS

_SECRETS = frozenset({"password", "current_password", "new_password", "confirmation"})
_EXCLUDED = _SECRETS | {csrf.FIELD, csrf.RESUMED}
# In every form of a signed-in visitor: the account that the page was rendered for.
AUTHOR = "auteur"
# Hidden fields, which the visitor doesn't type.
_IDS = frozenset({"command_id", "form_id", AUTHOR})
# Inside the sign-in form the fields have prefixed names.
PREFIX = "garde."
PATH, FILES = "garde_chemin", "garde_fichiers"
# Before the names of a proof of identity that is sent along with a form.
PROOF_PREFIX = "preuve-"


@dataclass(frozen=True)
class SubmittedForm:
    """A form as sent. path: with the query."""

    path: str
    fields: list[tuple[str, str]]
    had_files: bool

    def is_for(self, account_id: str) -> bool:
        """Check whether the account wrote the text, in a shared browser."""
        return all(value == account_id for name, value in self.fields if name == AUTHOR)


def submitted_form() -> SubmittedForm | None:
    """Extract the typed fields from the request; None where it has none.

    None as well for a form that is not the portal's own, or too long to carry.
    """
    submitted = sent_form() if _is_own() else None
    is_typed = submitted and any(name not in _IDS for name, _ in submitted.fields)
    return submitted if submitted and is_typed and _is_short(submitted.fields) else None


def sent_form() -> SubmittedForm | None:
    """Extract the fields of a form, typed or hidden.

    For pages of people who are signed in: it may be long, and of anybody.
    """
    if request.method != "POST":
        return None
    fields = [pair for pair in request.form.items(multi=True) if not _is_excluded(pair[0])]
    had_files = any(file.filename for file in request.files.values())
    path = local_target(request.full_path.removesuffix("?"))
    return SubmittedForm(path, fields, had_files) if path else None


def carried_form() -> SubmittedForm | None:
    """Extract the form that the sign-in form carries."""
    if not (csrf.has_token() or is_signed_in()):
        return None
    path = local_target(request.form.get(PATH))
    fields = [
        (name.removeprefix(PREFIX), value) for name, value in request.form.items(multi=True) if name.startswith(PREFIX)
    ]
    return SubmittedForm(path, fields, FILES in request.form) if path and fields and _is_short(fields) else None


def _is_excluded(name: str) -> bool:
    return name in _EXCLUDED or name.startswith(PROOF_PREFIX)


def _is_own() -> bool:
    """Check whether the form is readable and the portal's own."""
    try:
        return csrf.has_token()
    except RequestEntityTooLarge:
        security_log.record(Reason.TOO_LARGE)
        return False
    except (HTTPException, OSError, ParseException):
        return False


def _is_short(fields: list[tuple[str, str]]) -> bool:
    """Check whether a page may carry these fields."""
    text = "".join(name + value for name, value in fields)
    return len(fields) <= MAX_CARRIED_FIELDS and len(text.encode("utf-8", "surrogatepass")) <= MAX_CARRIED_BYTES
