"""The queue's filter « Client », a choice or a search."""

from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import make_response, redirect
from werkzeug.wrappers import Response

from izarlink_tickets.directory import search_organisations
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.queue_query import QueueQuery
from izarlink_tickets.web.templating import render

# The parameter of the typed name; the filter itself is an id, as it is when chosen.
TYPED_ORGANISATION = "client"
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
