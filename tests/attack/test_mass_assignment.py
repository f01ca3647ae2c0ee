"""Fields that a form doesn't have change nothing of what is stored."""

import pytest
from tests.attack.assault import KNOWN, Assault
from tests.attack.page_forms import Input, PageForm
from tests.attack.stored import attribute_names, changes, stored
from tests.attack.world import World
from tests.cast import PASSWORD

# Values that would raise a right, move a record or date it back.
VALUES = {
    "role": "administrator",
    "account_role": "administrator",
    "active": "1",
    "organisation_id": "00000000-0000-4000-8000-000000000001",
    "state": "CLOTURE",
    "urgency": "5",
    "impact": "5",
    "priority": "5",
    "channel": "CLI",
    "number": "1",
    "at": "1999-01-01T00:00:00+00:00",
}
# The same each time, so that two submissions can be compared.
FIXED = {"email": "nouvelle@etxea.example", "reference": "FTTO-79999"}
# Read by name wherever they are sent: form ids, and what a resent form carries. None of them is stored.
OF_ALL_FORMS = frozenset({"csrf_token", "command_id", "form_id", "auteur", "reprise", "seen", "revision"})
# More at once would be refused as too many.
AT_ONCE = 60


def words(each: Input) -> str:
    if each.kind == "password":
        return PASSWORD if each.name == "current_password" else "un autre mot de passe 88"
    return each.value or FIXED.get(each.name) or KNOWN.get(each.name) or "Un texte"


def outcome(world: World, who: str, form: PageForm, extra: list[tuple[str, str]]) -> tuple[int, object]:
    """Send the form; return the status, and all new rows."""
    copy, before = world.copy(), stored(world.portal)
    visitor = world.visitors[who]
    pairs = form.filled(words, csrf_token=visitor.token)
    cookies = dict(visitor.client._cookies) if visitor.client._cookies else {}  # noqa: SLF001 - a cookie jar has no copy
    answer = visitor.send(form, [*pairs, *extra])
    result = answer.status, changes(before, stored(world.portal))
    world.restore(copy)
    visitor.client._cookies = cookies  # noqa: SLF001
    return result


def changed_by_names(assault: Assault, *, step: int, figure=lambda _name, _value: None) -> list[str]:
    """Return the forms whose effect a further field changes."""
    names = [name for name in attribute_names() if name not in OF_ALL_FORMS]
    forms = [(who, form) for who, form in assault.one_of_each() if form.method == "POST"][::step]
    changed, executed = [], 0
    assault.world.renew_all()
    for who, form in forms:
        plain = outcome(assault.world, who, form, [])
        executed += plain[0] < 400
        added = [name for name in names if name not in form.names()]
        for start in range(0, len(added), AT_ONCE):
            extra = [(name, VALUES.get(name, "1")) for name in added[start : start + AT_ONCE]]
            if outcome(assault.world, who, form, extra) != plain:
                changed.append(f"{who} {form.path} {form.button}: one of {[name for name, _ in extra]}")
    figure("forms", len(forms))
    figure("of them executed", executed)
    figure("names of columns and event fields added to each", len(names))
    figure("forms whose effect changed", len(changed))
    assert executed
    return changed


@pytest.mark.cve("CVE-2026-40569", "CVE-2023-41326", "CVE-2021-42086")
def test_a_field_that_a_form_does_not_have_changes_nothing(assailed: Assault):
    assert changed_by_names(assailed, step=9) == []


@pytest.mark.attack
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_no_form_takes_the_name_of_any_stored_value(world: World, figure):
    assault = Assault(world, ())
    assault.find_forms()

    assert changed_by_names(assault, step=1, figure=figure) == []
