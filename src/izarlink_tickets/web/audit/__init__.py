"""« Audit »: the auditor's pages, which read everything and write nothing."""

from izarlink_tickets.web.audit.pages import pages

__all__ = ["pages"]
