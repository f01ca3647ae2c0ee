"""The shared page of customers, accounts, services and categories, with its forms."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.directory.record_form import FormsByEndpoint, RecordForm
from izarlink_tickets.web.forms import run_form
from izarlink_tickets.web.guards import administrator

Record = TypeVar("Record")
Page = Callable[[Record, RecordForm[Record, object] | None], Response]


def existing(find: Callable[..., Record | None], **key: str) -> Record:
    """Find the record of an address, or answer 404."""
    with portal().database.query() as connection:
        record = find(connection, **key)
    return record or abort(404)


def register_record_pages(
    pages: Blueprint,
    rule: str,
    *,
    find: Callable[..., Record | None],
    page: Page[Record],
    location: Callable[[Record], str],
    forms: FormsByEndpoint[Record],
) -> None:
    """Add the page of a record and the addresses of its forms.

    rule: ends with the record's id, under the name that `find` takes.
    page: renders a record, with its refused form if any.
    location: where an executed form leads.
    """

    @administrator
    def show(**key: str) -> Response:
        return page(existing(find, **key), None)

    def view_of(form_class: type[RecordForm[Record, object]]) -> Callable[..., Response]:
        @administrator
        def view(**key: str) -> Response:
            form, record = form_class(), existing(find, **key)
            # The refused form's page shows the record as it is by then.
            return run_form(
                form, record, location=lambda _: location(record), page=lambda: page(existing(find, **key), form)
            )

        return view

    pages.add_url_rule(rule, "show", show)
    for endpoint, form_class in forms.items():
        pages.add_url_rule(f"{rule}/{form_class.slug}", endpoint, view_of(form_class), methods=["POST"])
