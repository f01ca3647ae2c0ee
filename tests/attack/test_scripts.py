"""Scripts in text fields become no part of any page."""

import pytest
from tests.attack.assault import Assault
from tests.attack.markup import strange_marks
from tests.attack.payloads import SCRIPTS
from tests.attack.world import World

on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
# What only a program sends, what needs single sign-on, a second factor or another state, and has no text.
WITHOUT_FORM = {"/bureau/tickets/<ticket:number>/presence"}
BUTTONS_OF_OTHER_STATES = (
    "/application/retirer",
    "/cle-acces",
    "/cle-acces/retirer",
    "/classer",
    "/compte-izarlink",
    "/connexion/izarlink",
    "/deconnexion",
    "/delier",
    "/double-authentification",
    "/identite",
    "/identite/izarlink",
    "/inviter",
    "/mot-de-passe",
    "/reactiver",
    "/remettre",
    "/renvoyer",
    "/sessions",
)


@pytest.mark.cve(
    "CVE-2019-13397", "CVE-2025-27514", "CVE-2025-31500", "CVE-2024-48937", "CVE-2021-21441", "CVE-2022-0473"
)
def test_a_script_stays_text_wherever_it_is_typed(assailed: Assault):
    assert strange_marks(assailed.pages_kept) == []
    assert len(assailed.accepted) > 25
    assert assailed.failures == []


def test_the_attack_finds_every_form(assailed: Assault):
    missed = assailed.routes_without_form() - WITHOUT_FORM

    assert [route for route in missed if not route.endswith(BUTTONS_OF_OTHER_STATES)] == []


@pytest.mark.attack
@on_sqlite
def test_forty_scripts_in_every_field_leave_each_page_its_own_elements(world: World, figure):
    assault = Assault(world, SCRIPTS)
    assault.run()

    strange = strange_marks(assault.pages_kept)

    figure("script payloads", len(SCRIPTS))
    figure("forms with their fields", len(assault.forms))
    figure("responses", assault.responses)
    figure("forms executed", sum(assault.accepted.values()))
    figure("pages parsed, of each route and status", len(assault.pages_kept))
    figure("elements and attributes that no template has", len(strange))
    assert len(SCRIPTS) == 40
    assert strange[:20] == []
    assert assault.failures == []
