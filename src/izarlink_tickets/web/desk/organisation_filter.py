"""The queue's filter « Client », a choice or a search."""

from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import make_response, redirect
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from izarlink_tickets.directory import few_organisations, find_organisation, search_organisations
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.queue_query import QueueQuery
from izarlink_tickets.web.templating import render

# The parameter of the typed name; the filter itself is an id, as it is when chosen.
TYPED_ORGANISATION = "client"
# Each choice weighs some 35 bytes, compressed, on every page of the queue.
MAX_CHOICES = 100
# Organisations to choose from where the typed name matches several.
MAX_MATCHES = 50


@dataclass(frozen=True)
class OrganisationFilter:
    """The filter's field.

    choices: names by id, None where there are too many.
    name: of the chosen one.
    """

    choices: dict[str, str] | None
    name: str


def organisation_filter(connection: Connection, query: QueueQuery) -> OrganisationFilter:
    few = few_organisations(connection, at_most=MAX_CHOICES)
    if few is not None:
        return OrganisationFilter({organisation.id: organisation.name for organisation in few}, "")
    chosen = find_organisation(connection, organisation_id=query.organisation_id) if query.organisation_id else None
    return OrganisationFilter(None, chosen.name if chosen else "")


def choose_organisation(query: QueueQuery, name: str) -> Response:
    """Redirect to the typed organisation's tickets, or list the matches."""
    query = replace(query.first_page(), organisation_id="")
    with portal().database.query() as connection:
        organisations = search_organisations(connection, words=name, at_most=MAX_MATCHES + 1)
    matches = [(match.name, query.url_with(organisation_id=match.id)) for match in organisations]
    if len(matches) == 1:
        return redirect(matches[0][1], HTTPStatus.SEE_OTHER)
    html = render(
        "desk/choose_organisation.html",
        query=query,
        typed=name,
        matches=matches[:MAX_MATCHES],
        has_more=len(matches) > MAX_MATCHES,
    )
    return make_response(html)
