"""Formulas in every field are text in every exported file."""

import csv
from io import StringIO

import pytest
from tests.attack.assault import Assault
from tests.attack.payloads import FORMULA_STARTS, FORMULAS
from tests.attack.world import ROLES, Seen, World, forms_on


def exports(world: World) -> list[Seen]:
    """Fetch every file that a page offers to save, as CSV."""
    found = []
    for who in ROLES:
        for seen in [world.visitors[who].get(path) for _, path in world.addresses(who)]:
            found += [seen] if seen.response.mimetype == "text/csv" else []
            for form in forms_on(seen):
                if "export" in form.path:
                    pairs = form.filled(lambda each: each.value, csrf_token=world.visitors[who].token)
                    found.append(world.visitors[who].send(form, pairs))
    return [seen for seen in found if seen.response.mimetype == "text/csv"]


def cells(seen: Seen) -> list[str]:
    text = seen.response.get_data().decode("utf-8").removeprefix("\ufeff")
    return [cell for line in csv.reader(StringIO(text), delimiter=";") for cell in line]


def dangerous(seen: Seen) -> list[str]:
    """Return the cells that a spreadsheet would run."""
    return [cell for cell in cells(seen) if cell.lstrip(" \u00a0").startswith(FORMULA_STARTS)]


LISTS = {"/tickets", "/bureau/comptes", "/bureau/clients", "/bureau/connexions"}


@pytest.mark.cve("CVE-2025-61873", "CVE-2026-41073", "CVE-2024-27756", "CVE-2019-14749")
def test_no_cell_of_an_export_is_a_formula(assailed: Assault):
    files = exports(assailed.world)

    assert [cell for file in files for cell in dangerous(file)] == []
    assert [cell for file in files for cell in cells(file) if cell.startswith("'=")] != []
    assert {file.path.partition("?")[0].rpartition("/")[0] for file in files} >= LISTS


@pytest.mark.attack
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_no_formula_of_any_field_survives_an_export(world: World, figure):
    Assault(world, FORMULAS).run()

    files = exports(world)

    found = [cell for file in files for cell in dangerous(file)]
    figure("exported files", len(files))
    figure("cells", sum(len(cells(file)) for file in files))
    figure("cells that a spreadsheet runs", len(found))
    assert found == []
