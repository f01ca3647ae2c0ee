"""`account`, `organisation`, `service`, `category`: changes, imports and exports."""

import json
import os
from pathlib import Path

import pytest
from tests.cast import ETXEA, MENDI, Cast
from tests.cli.conftest import Command, is_one_line, on_sqlite
from tests.openings import open_incident

from izarlink_tickets.application import Portal

pytestmark = on_sqlite
SAM, ALICE, MAIA = "sam@izarlink.example", "alice@etxea.example", "maia@etxea.example"
ID = ("--command-id", "0f0f0f0f-0000-4000-8000-000000000001")


def listed(command: Command, kind: str, key: str, value: str) -> dict[str, object]:
    """Return the listed record with this value."""
    rows = json.loads(command(kind, "list", "--json").out)
    return next(row for row in rows if row[key] == value)


def test_an_account_is_changed_disabled_enabled_and_invited(command: Command, portal: Portal, cast: Cast):
    portal.tickets.assign(cast.context("sam"), number=open_incident(portal, cast), assignee_id=cast["sam"].id)

    results = [
        command("account", "change", ALICE, "--name", "Alice Harispe", "--phone", ""),
        command("account", "change-role", ALICE, "--role", "company"),
        command("account", "disable", SAM),
        command("account", "enable", SAM),
        command(
            "account", "create", "maia@etxea.example", "--name", "Maia", "--role", "customer", "--organisation", ETXEA
        ),
        command("account", "invite", "maia@etxea.example"),
    ]

    assert [(result.code, result.err) for result in results] == [(0, "")] * 6
    assert results[2].out == "Disabled sam@izarlink.example. Open tickets still assigned to this account: 1.\n"
    alice = listed(command, "account", "email", ALICE)
    assert (alice["name"], alice["role"], alice["organisation"]) == ("Alice Harispe", "company", ETXEA)


def test_an_organisation_is_renamed_disabled_and_enabled(command: Command):
    command("organisation", "change", MENDI, "--name", "Garage Mendi SARL")
    command("organisation", "disable", "garage mendi sarl")
    closed = listed(command, "organisation", "name", "Garage Mendi SARL")

    command("organisation", "enable", "Garage Mendi SARL")

    assert (closed["active"], listed(command, "account", "email", "charlie@mendi.example")["active"]) == (False, False)
    assert listed(command, "organisation", "name", "Garage Mendi SARL")["active"]


def test_a_service_is_changed_disabled_and_enabled(command: Command):
    command("service", "change", "ftto-00417", "--site", "Bayonne")
    command("service", "disable", "FTTO-00417")
    closed = listed(command, "service", "reference", "FTTO-00417")

    command("service", "enable", "FTTO-00417")

    assert (closed["site"], closed["label"], closed["active"]) == ("Bayonne", "Fibre du fournil", False)
    assert listed(command, "service", "reference", "FTTO-00417")["active"]


def test_categories_are_listed(command: Command):
    assert listed(command, "category", "code", "FACTURATION") == {
        "code": "FACTURATION",
        "type": "DEMANDE",
        "label": "Facturation",
        "group": "Administrative",
        "default_impact": 2,
        "active": True,
    }
    assert command("category", "list").out.splitlines()[1].split()[:3] == ["COUPURE_TOTALE", "INCIDENT", "-"]


def test_a_command_id_makes_a_repeated_command_safe(command: Command):
    first = command("organisation", "create", "Fromagerie Ossau", *ID)
    again = command("organisation", "create", "Fromagerie Ossau", *ID)
    other = command("organisation", "create", "Fromagerie Aspe", *ID)

    assert (first.code, again.code, other.code) == (0, 0, 1)
    assert other.err == "izarlink-tickets: This --command-id has already been used for something else.\n"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("account", "disable", "root@izarlink.example"), "last active administrator"),
        (("account", "change-role", "root@izarlink.example", "--role", "support"), "last active administrator"),
        (("account", "change-role", SAM, "--role", "customer"), "--organisation"),
        (("account", "change", ALICE, "--email", SAM), "Another account"),
        (("account", "change", ALICE), "Nothing changes"),
        (("account", "invite", ALICE), "reset-password"),
        (("account", "enable", "nobody@etxea.example"), "No account"),
        (("organisation", "change", MENDI, "--name", ETXEA), "Another customer"),
        (("organisation", "disable", "Nadie"), "No customer"),
        (("service", "change", "FTTO-9", "--label", "x"), "no such service"),
        (("service", "disable", "FTTO-9"), "no such service"),
    ],
)
def test_an_invalid_change_is_refused_in_one_line(command: Command, arguments: tuple[str, ...], word: str):
    ended = command(*arguments)

    assert (ended.code, ended.out) == (1, "")
    assert is_one_line(ended.err)
    assert word in ended.err


# --- spreadsheets -----------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_a_dry_run_lists_every_line_and_changes_nothing(command: Command, file: Path):
    file.write_text(f"email;name;role;organisation\nmaia@etxea.example;Maia;customer;{ETXEA}\nx;Y;chief;Nadie\n")

    people = command("account", "import", str(file), "--dry-run")
    scripts = json.loads(command("account", "import", str(file), "--dry-run", "--json").out)

    assert people.code == 1
    assert people.out.splitlines() == [
        "2: create maia@etxea.example “Maia”",
        (
            "3: refused x: Enter an email address, for example firstname.lastname@company.com. "
            "Unknown role: use customer, company, support, administrator or auditor. "
            "No customer has this name. Create it first, or use an existing customer."
        ),
        "UTF-8, 1 create, 0 change, 0 unchanged, 1 refused",
    ]
    assert people.err == "izarlink-tickets: Nothing was imported: 1 line is refused.\n"
    outcomes = [(row["line"], row["verdict"], len(row["reasons"])) for row in scripts]
    assert outcomes == [(2, "create", 0), (3, "refused", 3)]
    assert "maia" not in command("account", "list").out


def test_an_import_applies_every_line(command: Command, file: Path):
    file.write_text(f"Référence;Client;Libellé\nFTTO-00417;{ETXEA};Fibre du four\nA-1;{MENDI};Fibre\n")

    ended = command("service", "import", str(file))

    assert (ended.code, ended.out) == (0, "Imported: 1 created, 1 changed, 0 unchanged.\n")
    assert listed(command, "service", "reference", "FTTO-00417")["label"] == "Fibre du four"


@pytest.mark.parametrize("kind", ["organisation", "account", "service"])
def test_an_import_of_an_export_changes_nothing(command: Command, file: Path, kind: str):
    command(kind, "export", "--output", str(file))

    ended = command(kind, "import", str(file))

    assert ended.out.startswith("Imported: 0 created, 0 changed, ")


def test_an_export_replaces_a_file_that_only_its_owner_can_read(command: Command, file: Path):
    file.write_text("before")

    command("organisation", "export", "--output", str(file))

    assert file.read_bytes().decode() == command("organisation", "export", "--output", "-").out
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir() if file.name in path.name] == [file.name]


def test_an_export_goes_through_a_pipe_without_replacing_it(command: Command, tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    command("organisation", "export", "--output", str(pipe))

    with os.fdopen(reader, "rb") as read:
        assert read.read().decode() == command("organisation", "export").out
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "empty"), (b"PK\x03\x04", "not a CSV file"), (b"Nom;Ville\nX;Y\n", "Ville"), (b"Etat\nActif\n", "Nom")],
)
def test_an_unusable_file_is_refused_in_one_line(command: Command, file: Path, content: bytes, word: str):
    file.write_bytes(content)

    ended = command("organisation", "import", str(file))

    assert (ended.code, ended.out) == (1, "")
    assert is_one_line(ended.err)
    assert word in ended.err


def test_a_missing_file_is_wrong_usage(command: Command, file: Path):
    assert command("organisation", "import", str(file)).code == 2
