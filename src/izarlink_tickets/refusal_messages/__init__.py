"""One sentence for each refusal: what is wrong and what to do.

It is in the language that is spoken. HTTP status and form field belong to the web, option names to the command line.
"""

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from izarlink_tickets.domain.errors import Refusal, WrongState
from izarlink_tickets.refusal_messages import account_messages, directory_messages, file_messages, import_messages
from izarlink_tickets.refusal_messages import ticket_messages as tickets
from izarlink_tickets.refusal_messages.file_messages import MAX_LISTED_NAMES

__all__ = ["MAX_LISTED_NAMES", "message_for"]

_MESSAGES: Mapping[type[Refusal], str | Callable[[Any], str]] = {
    **tickets.MESSAGES,
    **file_messages.MESSAGES,
    **account_messages.MESSAGES,
    **directory_messages.MESSAGES,
    **import_messages.MESSAGES,
}


def message_for(refusal: Refusal, *, timezone: str = "UTC") -> str:
    """Return the sentence of a refusal, in the current language.

    A kind without its own sentence has that of its nearest ancestor.
    timezone: the reader's; it decides which day a moment falls on.
    """
    message = next(_MESSAGES[kind] for kind in type(refusal).__mro__ if kind in _MESSAGES)
    if isinstance(message, FunctionType):
        return str(message(refusal))
    return tickets.fill_in(str(message), refusal, timezone) if isinstance(refusal, WrongState) else str(message)
