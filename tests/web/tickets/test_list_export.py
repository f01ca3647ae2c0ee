"""The list as a CSV file."""

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser, Page

from izarlink_tickets.web.tickets import list_export


def lines_of(page: Page) -> list[list[str]]:
    text = page.response.get_data().decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_the_list_is_exported_as_it_is_filtered(cast: Cast, alice: Browser, open_ticket: Callable[..., int]):
    open_ticket(service_id=cast.fibre.id, title="Débit; le soir")
    open_ticket(title="Ailleurs")
    page = alice.get("/tickets?service=FTTO-00417")
    (action,) = [form.get("action", "") for form in page.tree.iter("form") if form.get("class") == "list-export"]

    exported = alice.send(action)

    assert exported.response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert exported.response.headers["Content-Disposition"] == 'attachment; filename="tickets.csv"'
    head, *lines = lines_of(exported)
    assert head[:3] == ["N°", "Titre", "Type de demande"]
    assert [line[:10] for line in lines] == [
        [
            "1",
            "Débit; le soir",
            "Incident",
            "Débit",
            "Haute",
            "Nouveau",
            "Alice Etcheverry",
            "FTTO-00417",
            "Fibre du fournil",
            "",
        ]
    ]


def test_a_formula_stays_a_text(alice: Browser, open_ticket: Callable[..., int]):
    open_ticket(title="=HYPERLINK(1)")

    assert lines_of(alice.send("/tickets/export"))[1][1] == "'=HYPERLINK(1)"


@pytest.mark.cve("CVE-2024-6540")
def test_an_export_holds_what_its_reader_sees(
    alice: Browser, bob: Browser, charlie: Browser, open_ticket: Callable[..., int]
):
    open_ticket("alice", title="D’Alice")
    open_ticket("bob", title="De Bob")

    titles = [[line[1] for line in lines_of(who.send("/tickets/export"))[1:]] for who in (alice, bob, charlie)]

    assert titles == [["D’Alice"], ["De Bob", "D’Alice"], []]


def test_an_export_goes_on_from_chunk_to_chunk_and_ends(
    monkeypatch: pytest.MonkeyPatch, alice: Browser, open_ticket: Callable[..., int]
):
    monkeypatch.setattr(list_export, "CHUNK", 2)
    monkeypatch.setattr(list_export, "MAX_EXPORTED", 4)
    for nth in range(5):
        open_ticket(title=f"Panne {nth}")

    lines = lines_of(alice.send("/tickets/export"))

    assert [line[0] for line in lines[1:5]] == ["5", "4", "3", "2"]
    assert lines[5:] == [["Les 4 premiers tickets seulement\u00a0: affinez les filtres pour les autres."]]


def test_a_wrong_filter_leads_back_to_the_list(alice: Browser):
    answer = alice.ask("POST", "/tickets/export?du=hier", data={"csrf_token": alice.token()})

    assert answer.status == 303
    assert answer.response.location == "/tickets?du=hier"


def test_an_export_needs_the_token(alice: Browser):
    assert alice.post("/tickets/export").status == 303
