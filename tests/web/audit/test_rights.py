"""The audit is the auditor's alone, who reads everything and writes nothing."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from tests.cast import Cast
from tests.openings import open_incident
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets.application import Portal
from izarlink_tickets.event_store import events


def numbers_on(page: Page) -> list[int]:
    return [int(text_of(row.find("td"))) for row in page.tree.findall(".//tbody/tr")]


@pytest.mark.parametrize("name", ["alice", "bob", "sam", "root"])
def test_the_audit_is_closed_to_everybody_else(browser_of: Callable[[str], Browser], told_ticket: int, name: str):
    browser = browser_of(name)

    pages = [browser.get(path) for path in ("/audit", f"/audit/tickets/{told_ticket}", "/audit/tickets/4711")]

    assert [page.status for page in pages] == [403, 403, 403]
    assert [page for page in pages if "Débit" in page.words] == []


def test_a_stranger_is_asked_to_sign_in(anonymous: Browser, told_ticket: int):
    assert anonymous.get(f"/audit/tickets/{told_ticket}").location == f"/connexion?next=/audit/tickets/{told_ticket}"


def test_the_link_of_a_mail_leads_the_auditor_here(ada: Browser, told_ticket: int):
    assert ada.get(f"/tickets/{told_ticket}").location == f"/audit/tickets/{told_ticket}"


def test_what_is_no_ticket_is_not_found(ada: Browser, told_ticket: int):
    numbers = ["0", "-1", "4711", "٣", "9" * 30, "x"]

    assert {ada.get(f"/audit/tickets/{number}").status for number in numbers} == {404}


def test_a_ticket_is_found_by_its_number(portal: Portal, cast: Cast, ada: Browser, told_ticket: int):
    other = open_incident(portal, cast, by="charlie", title="Coupure de l’atelier")

    assert numbers_on(ada.get("/audit")) == [other, told_ticket]
    assert numbers_on(ada.get(f"/audit?q={told_ticket}")) == [told_ticket]
    assert numbers_on(ada.get("/audit?q=ATELIER")) == [other]
    assert "Aucun ticket ne correspond." in ada.get("/audit?q=%00%25").words


def test_reading_writes_no_event(portal: Portal, ada: Browser, told_ticket: int):
    count = select(func.count()).select_from(events)
    with portal.database.query() as connection:
        before = connection.execute(count).scalar_one()

    ada.get("/audit")
    ada.get(f"/audit/tickets/{told_ticket}?version=3")

    with portal.database.query() as connection:
        assert connection.execute(count).scalar_one() == before
