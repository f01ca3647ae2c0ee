"""Refusals and failures as HTTP responses and form errors."""

from izarlink_tickets.web.errors.error_handlers import register_errors
from izarlink_tickets.web.errors.refusal_responses import field_of, message_for, status_of
from izarlink_tickets.web.errors.unreadable_requests import unreadable_request_responses

__all__ = ["field_of", "message_for", "register_errors", "status_of", "unreadable_request_responses"]
