"""The auditor's search, by number and by words."""

from tests.cast import Cast
from tests.openings import open_incident
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets.application import Portal


def numbers_on(page: Page) -> list[int]:
    return [int(text_of(row.find("td"))) for row in page.tree.findall(".//tbody/tr")]


def test_a_ticket_is_found_by_number_and_words(portal: Portal, cast: Cast, ada: Browser, recorded_ticket: int):
    other = open_incident(portal, cast, by="charlie", title="Coupure de l’atelier")

    assert numbers_on(ada.get("/audit")) == [other, recorded_ticket]
    assert numbers_on(ada.get(f"/audit?q={recorded_ticket}")) == [recorded_ticket]
    assert numbers_on(ada.get("/audit?q=ATELIER")) == [other]
    assert "Aucun ticket ne correspond." in ada.get("/audit?q=%00%25").words
