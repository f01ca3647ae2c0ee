"""Keep what was typed when the page it was typed on can't answer: signed out meanwhile, database away.

The fields travel in the answer itself, as hidden inputs, and come back by one button; nothing is stored. Passwords and
files don't travel.
"""

from dataclasses import dataclass

from flask import request

from izarlink_tickets.web import csrf
from izarlink_tickets.web.addresses import local_target

SECRETS = frozenset({"password", "current_password", "new_password", "confirmation"})
_LEFT_BEHIND = SECRETS | {csrf.FIELD, csrf.RESUMED}
# In every form of somebody signed in: the account for whom the page was made.
AUTHOR = "auteur"
# What a form says of itself, typed by nobody.
_IDS = frozenset({"command_id", "form_id", AUTHOR})
# Around a sign-in the fields travel in its form, under names that can't be taken for its own.
PREFIX = "garde."
PATH, FILES = "garde_chemin", "garde_fichiers"


@dataclass(frozen=True)
class SubmittedForm:
    """A form as it was sent. path: where to, with the query; had_files: they have to be chosen again."""

    path: str
    fields: list[tuple[str, str]]
    had_files: bool

    def is_for(self, account_id: str) -> bool:
        """Say whether the account may see it: what somebody else has typed in the same browser it may not."""
        return all(value == account_id for name, value in self.fields if name == AUTHOR)


def submitted_form() -> SubmittedForm | None:
    """Take what was typed out of the request; None where there is nothing that may be shown again."""
    if request.method != "POST":
        return None
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in _LEFT_BEHIND]
    is_typed = any(name not in _IDS for name, _ in fields)
    had_files = any(file.filename for file in request.files.values())
    path = local_target(request.full_path.removesuffix("?"))
    return SubmittedForm(path, fields, had_files) if path and is_typed else None


def carried_form() -> SubmittedForm | None:
    """Take the form that travels in the form of the sign-in."""
    path = local_target(request.form.get(PATH))
    fields = [
        (name.removeprefix(PREFIX), value) for name, value in request.form.items(multi=True) if name.startswith(PREFIX)
    ]
    return SubmittedForm(path, fields, FILES in request.form) if path and fields else None
