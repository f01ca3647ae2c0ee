"""Every route and method against the authorisation matrix."""

import pytest
from tests.web.rights.matrix import MATRIX, OWNERSHIPS, Row, rows
from tests.web.rights.objects import FORMER, RESET
from tests.web.rights.personas import Answer, Personas

ROWS = rows()
ROUTES = {(row.method, row.route) for row in ROWS}
POST_ROWS, GET_ROWS = ([row for row in ROWS if row.method == method] for method in ("POST", "GET"))
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HOW_TO_ADD = f"""
Who may use it is a decision. Write it into tests/web/rights/{MATRIX.name}: a line with the method, the route, and the
answer to each persona; its head explains the format. For an argument of a new kind, add values to objects.py: the
customer's, a colleague's, a stranger's and a missing one.
"""
FILLED_IN = dict.fromkeys(
    ("comment", "reason", "text", "note", "reply", "question", "solution", "title", "body", "name", "label", "person"),
    "Saisi",
)


def name_of(row: Row) -> str:
    return row.name


def test_every_route_has_a_line(personas: Personas):
    assert sorted(personas.routes() - ROUTES) == [], HOW_TO_ADD


def test_every_line_has_a_route(personas: Personas):
    assert sorted(ROUTES - personas.routes()) == [], "These routes no longer exist: remove their lines."


def test_no_route_has_two_lines():
    assert len(ROUTES) == len(ROWS)


@pytest.mark.cve("CVE-2026-14871", "CVE-2020-27663", "CVE-2024-37147", "CVE-2025-53357")
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_everybody_gets_the_answer_of_the_matrix(personas: Personas, row: Row):
    answers = personas.answers(row)

    wrong = [
        f"{who}, {ownership}: {answer.status} {answer.location} instead of {row.cells[who, ownership]}"
        for (who, ownership), answer in answers.items()
        if not matches(answer, row.cells[who, ownership], row.method)
    ]
    assert wrong == [], f"If this is intended, change tests/web/rights/{MATRIX.name}"
    assert personas.stored() == personas.initial_counts


@pytest.mark.cve("CVE-2026-13229")
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_hidden_object_answers_byte_for_byte_like_a_missing_one(personas: Personas, row: Row):
    answers = personas.answers(row)

    distinguishable = [
        f"{who} can tell the {ownership} from a missing one: {answer.differences(answers[who, 'missing'])[:3]}"
        for (who, ownership), answer in answers.items()
        if row.hides(who, ownership) and answer != answers.get((who, "missing"), answer)
    ]
    assert distinguishable == []


@pytest.mark.cve("CVE-2024-33666", "CVE-2019-12497", "CVE-2021-21435", "CVE-2024-27930")
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_no_answer_holds_a_forbidden_word(personas: Personas, row: Row):
    answers = personas.answers(row)

    assert [
        f"{who}, {ownership}: {word}"
        for (who, ownership), answer in answers.items()
        for word in sorted(personas.canaries[who] - personas.shown_by_link(row, ownership))
        if word in answer.text
    ] == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.route == RESET], ids=name_of)
def test_a_link_for_a_password_names_its_own_account_alone(personas: Personas, row: Row):
    addresses = {account.email for account in personas.cast.accounts.values()}

    named = {
        (who, ownership): {address for address in addresses if f'value="{address}"' in answer.body}
        for (who, ownership), answer in personas.answers(row).items()
        if who in {"anonymous", "deactivated"}
    }

    assert named == {cell: set(personas.shown_by_link(row, cell[1])) for cell in named}
    assert len(set(map(frozenset, named.values()))) == len(OWNERSHIPS)


@pytest.mark.parametrize("row", [row for row in ROWS if row.route.startswith("/tickets/<")], ids=name_of)
def test_a_former_companys_objects_look_missing_after_a_move(personas: Personas, row: Row):
    assert personas.ask(row, "moved", FORMER) == personas.ask(row, "moved", "missing")


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_session_ended_by_a_deactivation_is_anonymous(personas: Personas, row: Row):
    answers = personas.answers(row)

    withheld = [ownership for who, ownership in row.cells_of("anonymous") if row.hides(who, ownership)]

    assert [
        ownership for ownership in withheld if answers["deactivated", ownership] != answers["anonymous", ownership]
    ] == []


@pytest.mark.parametrize("row", POST_ROWS, ids=name_of)
@pytest.mark.parametrize("form", [FILLED_IN, {"csrf_token": ""}], ids=["filled in", "without its token"])
def test_rights_are_checked_before_a_form_is_validated(personas: Personas, row: Row, form: dict[str, str]):
    withheld = [cell for cell in row.cells_of("company", "stranger") if row.hides(*cell)]

    validated = [cell for cell in withheld if personas.ask(row, *cell, **form) != personas.answers(row)[cell]]

    assert validated == []
    assert personas.stored() == personas.initial_counts


@pytest.mark.parametrize("row", GET_ROWS, ids=name_of)
def test_head_answers_like_get_without_a_body(personas: Personas, row: Row):
    heads = {cell: personas.ask(row, *cell, method="HEAD") for cell in row.cells_of("stranger")}

    assert {cell: (head.status, head.body) for cell, head in heads.items()} == {
        cell: (personas.answers(row)[cell].status, "") for cell in heads
    }


@pytest.mark.parametrize("row", {row.route: row for row in ROWS}.values(), ids=lambda row: row.route)
def test_other_methods_are_not_allowed(personas: Personas, row: Row):
    absent = [method for method in METHODS if (method, row.route) not in ROUTES]

    answers = {
        method: {personas.ask(row, *cell, method=method) for cell in row.cells_of("stranger")} for method in absent
    }

    assert {method: [answer.status for answer in each] for method, each in answers.items()} == {
        method: [405] for method in absent
    }


def matches(answer: Answer, cell: str, method: str) -> bool:
    if cell == "sign-in":
        cell = "302>/connexion" if method == "GET" else "401"
    status, _, location = cell.partition(">")
    return answer.status == int(status) and answer.location.startswith(location)
