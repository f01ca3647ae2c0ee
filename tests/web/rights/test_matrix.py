"""The authorisation matrix: every route and method, asked by everybody about everything, against the table."""

import pytest
from tests.web.rights.objects import FORMER
from tests.web.rights.scene import Answer, Scene
from tests.web.rights.table import MATRIX, Row, rows

ROWS = rows()
ROUTES = {(row.method, row.route) for row in ROWS}
POSTED, SHOWN = ([row for row in ROWS if row.method == method] for method in ("POST", "GET"))
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HOW_TO_ADD = f"""
Who may use it is a decision. Write it into tests/web/rights/{MATRIX.name}: a line with the method, the route, and what
each persona is answered; its head says how. If the route has an argument of a new kind, furnish it in objects.py: the
customer's, a colleague's, a stranger's and a missing one.
"""
FILLED_IN = dict.fromkeys(
    ("comment", "reason", "text", "note", "reply", "question", "solution", "title", "body", "name", "label", "person"),
    "Saisi",
)


def named(row: Row) -> str:
    return row.name


def test_every_route_has_a_line(scene: Scene):
    assert sorted(scene.routes() - ROUTES) == [], HOW_TO_ADD


def test_every_line_has_a_route(scene: Scene):
    assert sorted(ROUTES - scene.routes()) == [], "Nothing answers there any more: take the line out of the table."


def test_no_route_has_two_lines():
    assert len(ROUTES) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_everybody_is_answered_as_the_table_says(scene: Scene, row: Row):
    answers = scene.answers(row)

    wrong = [
        f"{who}, {whose}: {answer.status} {answer.location} instead of {row.cells[who, whose]}"
        for (who, whose), answer in answers.items()
        if not is_as_said(answer, row.cells[who, whose], row.method)
    ]
    assert wrong == [], f"If that is what is wanted, say so in tests/web/rights/{MATRIX.name}"
    assert scene.stored() == scene.stored_at_first


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_what_is_withheld_answers_byte_for_byte_like_what_is_missing(scene: Scene, row: Row):
    answers = scene.answers(row)

    told = [
        f"{who} can tell the {whose} from a missing one: {answer.differences(answers[who, 'missing'])[:3]}"
        for (who, whose), answer in answers.items()
        if row.hides(who, whose) and answer != answers.get((who, "missing"), answer)
    ]
    assert told == []


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_no_answer_holds_a_word_that_is_kept_from_its_visitor(scene: Scene, row: Row):
    answers = scene.answers(row)

    assert [
        f"{who}, {whose}: {word}"
        for (who, whose), answer in answers.items()
        for word in sorted(scene.canaries[who])
        if word in answer.text
    ] == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.route.startswith("/tickets/<")], ids=named)
def test_nothing_of_a_former_company_is_left_to_who_moved_to_another(scene: Scene, row: Row):
    assert scene.ask(row, "moved", FORMER) == scene.ask(row, "moved", "missing")


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_session_that_a_deactivation_ended_is_worth_none(scene: Scene, row: Row):
    answers = scene.answers(row)

    withheld = [whose for who, whose in row.cells_of("anonymous") if row.hides(who, whose)]

    assert [whose for whose in withheld if answers["deactivated", whose] != answers["anonymous", whose]] == []


@pytest.mark.parametrize("row", POSTED, ids=named)
@pytest.mark.parametrize("form", [FILLED_IN, {"csrf_token": ""}], ids=["filled in", "without its token"])
def test_rights_are_asked_before_a_form_is_looked_at(scene: Scene, row: Row, form: dict[str, str]):
    withheld = [cell for cell in row.cells_of("company", "stranger") if row.hides(*cell)]

    looked_at = [cell for cell in withheld if scene.ask(row, *cell, **form) != scene.answers(row)[cell]]

    assert looked_at == []
    assert scene.stored() == scene.stored_at_first


@pytest.mark.parametrize("row", SHOWN, ids=named)
def test_head_tells_what_get_tells(scene: Scene, row: Row):
    heads = {cell: scene.ask(row, *cell, method="HEAD") for cell in row.cells_of("stranger")}

    assert {cell: (head.status, head.body) for cell, head in heads.items()} == {
        cell: (scene.answers(row)[cell].status, "") for cell in heads
    }


@pytest.mark.parametrize("row", {row.route: row for row in ROWS}.values(), ids=lambda row: row.route)
def test_no_other_method_tells_anything(scene: Scene, row: Row):
    absent = [method for method in METHODS if (method, row.route) not in ROUTES]

    answers = {method: {scene.ask(row, *cell, method=method) for cell in row.cells_of("stranger")} for method in absent}

    assert {method: [one.status for one in all_of_it] for method, all_of_it in answers.items()} == {
        method: [405] for method in absent
    }


def is_as_said(answer: Answer, said: str, method: str) -> bool:
    if said == "sign-in":
        said = "302>/connexion" if method == "GET" else "401"
    status, _, place = said.partition(">")
    return answer.status == int(status) and answer.location.startswith(place)
