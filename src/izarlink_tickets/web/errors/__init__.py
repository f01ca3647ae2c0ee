"""The only place that turns refusals and failures into pages and sentences."""

from izarlink_tickets.web.errors.pages import register_errors
from izarlink_tickets.web.errors.sentences import field_of, sentence, status_of

__all__ = ["field_of", "register_errors", "sentence", "status_of"]
