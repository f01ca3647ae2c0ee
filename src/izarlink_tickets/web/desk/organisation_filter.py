"""« Client » among the filters of the queue: a choice while customers are few, words to look them up by otherwise."""

from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import make_response, redirect, render_template
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from izarlink_tickets.directory import few_organisations, find_organisation, organisations_like
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.queue_query import QueueQuery

# In the address: the words typed. Which customer they mean is an id there, as it is when chosen.
TYPED = "client"
# Each weighs some 35 bytes, compressed, on every page of the queue.
OFFERED = 100
# To choose from where words mean several.
FOUND = 50


@dataclass(frozen=True)
class OrganisationFilter:
    """What the filter shows. choices: names by id, None where there are too many; name: of who is asked for."""

    choices: dict[str, str] | None
    name: str


def organisation_filter(connection: Connection, asked: QueueQuery) -> OrganisationFilter:
    few = few_organisations(connection, at_most=OFFERED)
    if few is not None:
        return OrganisationFilter({one.id: one.name for one in few}, "")
    chosen = find_organisation(connection, organisation_id=asked.organisation_id) if asked.organisation_id else None
    return OrganisationFilter(None, chosen.name if chosen else "")


def narrowed_to(asked: QueueQuery, typed: str) -> Response:
    """Lead to the tickets of the customer that was typed, or show whom the words may mean."""
    asked = replace(asked, organisation_id="", older="", newer="")
    with portal().database.query() as connection:
        found = organisations_like(connection, words=typed, at_most=FOUND + 1)
    meant = [(one.name, replace(asked, organisation_id=one.id).address()) for one in found]
    if len(meant) == 1:
        return redirect(meant[0][1], HTTPStatus.SEE_OTHER)
    page = render_template(
        "desk/choose_organisation.html", asked=asked, typed=typed, meant=meant[:FOUND], has_more=len(meant) > FOUND
    )
    return make_response(page)
