"""URL converters and redirect targets."""

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule

from izarlink_tickets.web.addresses import TicketNumber, Version, local_target

pytestmark = pytest.mark.sqlite_only("routes are matched before any statement runs")

ROUTES = Map(
    [Rule("/tickets/<ticket:number>", endpoint="ticket"), Rule("/v/<version:version>", endpoint="version")],
    converters={"ticket": TicketNumber, "version": Version},
).bind("127.0.0.1")


@pytest.mark.parametrize("number", [1, 1042, 999_999_999_999_999_999])
def test_a_ticket_has_a_number(number: int):
    assert ROUTES.match(f"/tickets/{number}") == ("ticket", {"number": number})


@pytest.mark.parametrize(
    "text", ["0", "-1", "00001", "+1", "1.0", "1e3", "٣", "\uff11", "9" * 19, "9" * 5000, "1;x", "1 ", "", "\0"]
)
def test_anything_else_is_not_found(text: str):
    with pytest.raises(NotFound):
        ROUTES.match(f"/tickets/{text}")


def test_a_version_fits_its_column():
    assert ROUTES.match("/v/999999999") == ("version", {"version": 999_999_999})
    with pytest.raises(NotFound):
        ROUTES.match("/v/9999999999")


@pytest.mark.parametrize(
    "target", ["/", "/tickets/1042?entree=7", "/tickets?q=a%20b&etat=RESOLU", "/tickets/1/pieces/2/d%C3%A9bit.pdf"]
)
def test_a_path_of_the_portal_is_a_target(target: str):
    assert local_target(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "tickets",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "/%2f%2fevil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        " /tickets",
        "//[",
        "/" + "a" * 2000,
    ],
)
def test_no_other_place_is_a_target(target: str | None):
    assert local_target(target) is None
