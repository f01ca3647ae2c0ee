"""The authorisation matrix: every route as every persona, compared with the table."""

import pytest
from tests.web.rights.matrix_client import Answer, MatrixClient
from tests.web.rights.records import FORMER
from tests.web.rights.table import MATRIX, Row, rows

ROWS = rows()
ROUTES = {(row.method, row.route) for row in ROWS}
POSTED, SHOWN = ([row for row in ROWS if row.method == method] for method in ("POST", "GET"))
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HOW_TO_ADD = f"""
Who may use it is a decision. Write it into tests/web/rights/{MATRIX.name}: a line with the method, the route, and what
each persona is answered; its head says how. For an argument of a new kind, create its records in records.py: the
customer's, a colleague's, a stranger's and a missing one.
"""
FILLED_IN = dict.fromkeys(
    ("comment", "reason", "text", "note", "reply", "question", "solution", "title", "body", "name", "label", "person"),
    "Saisi",
)


def named(row: Row) -> str:
    return row.name


def test_every_route_has_a_line(client: MatrixClient):
    assert sorted(client.routes() - ROUTES) == [], HOW_TO_ADD


def test_every_line_has_a_route(client: MatrixClient):
    assert sorted(ROUTES - client.routes()) == [], "The route no longer exists: delete its line from the table."


def test_no_route_has_two_lines():
    assert len(ROUTES) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_each_persona_gets_the_expected_answer(client: MatrixClient, row: Row):
    answers = client.answers(row)

    wrong = [
        f"{who}, {whose}: {answer.status} {answer.location} instead of {row.cells[who, whose]}"
        for (who, whose), answer in answers.items()
        if not is_expected(answer, row.cells[who, whose], row.method)
    ]
    assert wrong == [], f"If this is intended, change tests/web/rights/{MATRIX.name}"
    assert client.counts() == client.initial_counts


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_hidden_record_is_answered_like_a_missing_one(client: MatrixClient, row: Row):
    answers = client.answers(row)

    distinguishable = [
        f"{who} can distinguish the {whose} from a missing one: {answer.differences(answers[who, 'missing'])[:3]}"
        for (who, whose), answer in answers.items()
        if row.hides(who, whose) and answer != answers.get((who, "missing"), answer)
    ]
    assert distinguishable == []


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_no_answer_contains_a_word_hidden_from_its_visitor(client: MatrixClient, row: Row):
    answers = client.answers(row)

    assert [
        f"{who}, {whose}: {word}"
        for (who, whose), answer in answers.items()
        for word in sorted(client.canaries[who])
        if word in answer.text
    ] == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.route.startswith("/tickets/<")], ids=named)
def test_a_person_who_moved_sees_nothing_of_their_former_company(client: MatrixClient, row: Row):
    assert client.request(row, "moved", FORMER) == client.request(row, "moved", "missing")


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_the_session_of_a_deactivated_account_has_no_rights(client: MatrixClient, row: Row):
    answers = client.answers(row)

    withheld = [whose for who, whose in row.cells_of("anonymous") if row.hides(who, whose)]

    assert [whose for whose in withheld if answers["deactivated", whose] != answers["anonymous", whose]] == []


@pytest.mark.parametrize("row", POSTED, ids=named)
@pytest.mark.parametrize("form", [FILLED_IN, {"csrf_token": ""}], ids=["filled in", "without its token"])
def test_rights_are_checked_before_the_form(client: MatrixClient, row: Row, form: dict[str, str]):
    withheld = [cell for cell in row.cells_of("company", "stranger") if row.hides(*cell)]

    different = [cell for cell in withheld if client.request(row, *cell, **form) != client.answers(row)[cell]]

    assert different == []
    assert client.counts() == client.initial_counts


@pytest.mark.parametrize("row", SHOWN, ids=named)
def test_head_has_the_status_of_get(client: MatrixClient, row: Row):
    heads = {cell: client.request(row, *cell, method="HEAD") for cell in row.cells_of("stranger")}

    assert {cell: (head.status, head.body) for cell, head in heads.items()} == {
        cell: (client.answers(row)[cell].status, "") for cell in heads
    }


@pytest.mark.parametrize("row", {row.route: row for row in ROWS}.values(), ids=lambda row: row.route)
def test_every_other_method_is_refused(client: MatrixClient, row: Row):
    absent = [method for method in METHODS if (method, row.route) not in ROUTES]

    answers = {
        method: {client.request(row, *cell, method=method) for cell in row.cells_of("stranger")} for method in absent
    }

    assert {method: [answer.status for answer in distinct] for method, distinct in answers.items()} == {
        method: [405] for method in absent
    }


def is_expected(answer: Answer, expected: str, method: str) -> bool:
    if expected == "sign-in":
        expected = "302>/connexion" if method == "GET" else "401"
    status, _, location = expected.partition(">")
    return answer.status == int(status) and answer.location.startswith(location)
