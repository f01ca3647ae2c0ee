"""The typed text of a form that can't be answered now.

The response carries the fields as hidden inputs, and one button sends them again; the server stores nothing. Passwords
and files are left out.
"""

from dataclasses import dataclass

from flask import request

from izarlink_tickets.web import csrf
from izarlink_tickets.web.addresses import local_target

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
    """Extract the typed fields from the request; None where it has none."""
    submitted = sent_form()
    is_typed = submitted and any(name not in _IDS for name, _ in submitted.fields)
    return submitted if is_typed else None


def sent_form() -> SubmittedForm | None:
    """Extract the fields of a form, typed or hidden."""
    if request.method != "POST":
        return None
    fields = [pair for pair in request.form.items(multi=True) if not _is_excluded(pair[0])]
    had_files = any(file.filename for file in request.files.values())
    path = local_target(request.full_path.removesuffix("?"))
    return SubmittedForm(path, fields, had_files) if path else None


def carried_form() -> SubmittedForm | None:
    """Extract the form that the sign-in form carries."""
    path = local_target(request.form.get(PATH))
    fields = [
        (name.removeprefix(PREFIX), value) for name, value in request.form.items(multi=True) if name.startswith(PREFIX)
    ]
    return SubmittedForm(path, fields, FILES in request.form) if path and fields else None


def _is_excluded(name: str) -> bool:
    return name in _EXCLUDED or name.startswith(PROOF_PREFIX)
