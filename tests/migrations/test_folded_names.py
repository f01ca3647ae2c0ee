"""Step 0012: names of the directory are found as people type them."""

from datetime import UTC, datetime

from sqlalchemy import Connection, text
from tests.migrations.inspection import opened

from izarlink_tickets.application.operations.schema import run_steps, upgrade
from izarlink_tickets.config import Settings
from izarlink_tickets.directory import organisation_by_name, search_organisations

MOMENT = datetime(2026, 11, 2, 9, tzinfo=UTC)
# As the release before stored them: the name, its folded form and its search key.
ORGANISATIONS = [
    ("1", "L’Œuvre", "l’œuvre", "l’œuvre"),
    ("2", "\ufb01n Bourg", "fin bourg", "fin bourg"),
    ("3", "Co\u00adpie", "co\u00adpie", "co\u00adpie"),
    ("4", "Copie", "copie", "copie"),
]


def insert_names(connection: Connection) -> None:
    row = text("INSERT INTO organisations VALUES (:id, :name, :folded, :moment, :active, :key)")
    connection.execute(
        row,
        [
            {"id": number, "name": name, "folded": folded, "key": key, "moment": MOMENT, "active": True}
            for number, name, folded, key in ORGANISATIONS
        ],
    )


def test_names_are_found_as_they_are_typed_after_the_step(empty: Settings) -> None:
    with opened(empty) as database, database.command() as connection:
        run_steps(connection, until="0011")
        insert_names(connection)

        upgrade(connection)

        found = search_organisations(connection, words="oeuvre", at_most=9)
        assert [organisation.id for organisation in found] == ["1"]


def test_two_names_that_became_one_stay_apart(empty: Settings) -> None:
    with opened(empty) as database, database.command() as connection:
        run_steps(connection, until="0011")
        insert_names(connection)

        upgrade(connection)

        assert organisation_by_name(connection, name="COPIE").id == "4"
        assert connection.execute(text("SELECT count(*) FROM organisations")).scalar_one() == len(ORGANISATIONS)
