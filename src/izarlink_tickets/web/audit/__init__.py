"""« Audit »: for the auditor alone, who reads everything and writes nothing."""

from izarlink_tickets.web.audit.pages import pages

__all__ = ["pages"]
