"""`organisation` and `service`: create and list."""

import json

import pytest
from tests.cast import ETXEA, MENDI
from tests.cli.conftest import Command, is_one_line, on_sqlite


def test_a_created_organisation_is_listed(command: Command):
    created = command("organisation", "create", "Fromagerie Ossau")
    listed = command("organisation", "list", "--json")

    assert created.code == 0
    assert [row["name"] for row in json.loads(listed.out)] == [ETXEA, "Fromagerie Ossau", MENDI]


def test_a_created_service_is_listed_with_all_its_values(command: Command):
    options = ("--organisation", MENDI, "--label", "Secours", "--site", "Hasparren", "--offer", "4G")

    created = command("service", "create", "4G-00007", *options)
    listed = command("service", "list", "--json")

    assert created.code == 0
    service = json.loads(listed.out)[0]
    assert {"reference": "4G-00007", "organisation": MENDI, "label": "Secours", "site": "Hasparren"}.items() <= (
        service.items()
    )
    assert (service["offer"], service["active"]) == ("4G", True)


@on_sqlite
@pytest.mark.parametrize("name", ["organisation", "service"])
def test_a_table_has_headings(command: Command, name: str):
    ended = command(name, "list")

    assert ended.code == 0
    assert "ACTIVE" in ended.out.splitlines()[0]


@on_sqlite
@pytest.mark.parametrize(
    "arguments",
    [
        ("organisation", "create", ETXEA.upper()),
        ("organisation", "create", " "),
        ("service", "create", "FTTO-00417", "--organisation", MENDI, "--label", "Fibre"),
        ("service", "create", "FTTO 417 !", "--organisation", MENDI, "--label", "Fibre"),
        ("service", "create", "FTTO-00001", "--organisation", "Nadie", "--label", "Fibre"),
        ("service", "create", "FTTO-00001", "--organisation", MENDI, "--label", ""),
    ],
)
def test_an_invalid_value_is_refused_in_one_line_and_stores_nothing(command: Command, arguments: tuple[str, ...]):
    before = command("organisation", "list").out, command("service", "list").out

    ended = command(*arguments)

    assert (ended.code, ended.out) == (1, "")
    assert is_one_line(ended.err)
    assert (command("organisation", "list").out, command("service", "list").out) == before
