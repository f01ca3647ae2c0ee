"""No parameter that holds an address leads to another site."""

import re
from functools import partial
from urllib.parse import urlencode, urlsplit

import pytest
from tests.attack.assault import Assault
from tests.attack.page_forms import Input
from tests.attack.payloads import ELSEWHERE
from tests.attack.world import GET_ROWS, ROLES, Seen, World, visitor_of
from tests.cast import PASSWORD
from tests.web.rights.personas import HERE

# Every name that has ever held an address, here or in a peer, and whatever a form's hidden field holds.
NAMES = (
    "next",
    "target",
    "url",
    "redirect",
    "return",
    "retour",
    "suite",
    "back",
    "goto",
    "garde_chemin",
    "page",
    "apres",
)


def leads_elsewhere(seen: Seen) -> bool:
    """Return whether a browser would go to another site.

    Browsers drop tabs and line ends, and read a back-slash as a slash.
    """
    location = seen.response.headers.get("Location", "") + seen.response.headers.get("Refresh", "")
    return is_elsewhere(location)


def is_elsewhere(location: str) -> bool:
    address = re.sub(r"[\t\r\n\x00-\x1f]", "", location).strip().replace("\\", "/")
    if not address or address.startswith(HERE + "/"):
        return False
    if address.startswith("//"):
        return True
    try:
        parts = urlsplit(address)
    except ValueError:
        return True
    return bool(parts.scheme or parts.netloc) or not address.startswith(("/", "?", "#"))


def dangerous_links(seen: Seen) -> list[str]:
    """Return the addresses of links and forms that lead to another site."""
    if not seen.is_page:
        return []
    links = [
        value
        for element in seen.tree().iter()
        for name in ("action", "formaction", "href")
        if (value := element.get(name)) and not value.startswith(("mailto:", "tel:"))
    ]
    return [link for link in links if is_elsewhere(link) and "evil" in link.lower()]


@pytest.mark.cve("CVE-2022-25803", "CVE-2024-11955", "CVE-2020-11034")
@pytest.mark.parametrize("name", ["next", "garde_chemin"])
def test_no_sign_in_leads_to_another_site(assailed: Assault, name: str, figure):
    world, answers = assailed.world, []
    for target in ELSEWHERE[::2]:
        visitor = visitor_of(world.app, world.cast, "anonymous")
        fields = {"csrf_token": visitor.token, "identifier": "alice@etxea.example", "password": PASSWORD}
        query = f"?{urlencode({'next': target})}" if name == "next" else ""
        carried = {"garde_chemin": target, "garde.title": "x"} if name == "garde_chemin" else {}
        path = f"/connexion{query}"
        answers.append(visitor.get(path))
        answers.append(visitor.open(path, method="POST", data={**fields, **carried}))
        answers.append(visitor.get("/connexion"))

    figure(f"sign-ins with another site in {name}", len(ELSEWHERE))
    assert [seen.path for seen in answers if leads_elsewhere(seen) or dangerous_links(seen)] == []
    assert {seen.status for seen in answers} <= {200, 302, 303}


@pytest.mark.attack
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_no_parameter_of_any_page_leads_to_another_site(world: World, figure):
    answers = [
        world.visitors[who].get(f"{path}{'&' if '?' in path else '?'}{urlencode(dict.fromkeys(NAMES, target))}")
        for who in ("anonymous", *ROLES)
        for target in ELSEWHERE[::3]
        for path in {row.route for row in GET_ROWS if "<" not in row.route}
    ]

    figure("pages asked for with another site in every parameter", len(answers))
    assert [seen.path for seen in answers if leads_elsewhere(seen)] == []
    assert [link for seen in answers[::40] for link in dangerous_links(seen)] == []


@pytest.mark.attack
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_no_form_leads_to_another_site(world: World, figure):
    assault, answers = Assault(world, ()), []
    assault.find_forms()
    for who, form in assault.one_of_each():
        visitor = world.visitors[who]
        for target in ELSEWHERE:
            extra = [(name, target) for name in NAMES]
            pairs = form.filled(partial(_always, target), csrf_token=visitor.token)
            answers.append(visitor.send(form, [*pairs, *extra]))

    figure("forms sent with another site in every field", len(answers))
    assert [seen.path for seen in answers if leads_elsewhere(seen)] == []


def _always(target: str, _input: Input) -> str:
    return target
