"""Templates and code have no text outside the catalogues."""

from pathlib import Path

import pytest
from tests.i18n.catalogue import SOURCE
from tests.i18n.source import untranslated_in_code, untranslated_in_template

TEMPLATES = sorted([*SOURCE.glob("web/templates/**/*.html"), *SOURCE.glob("mail/*")])
MODULES = sorted(path for folder in ("web", "wording", "mailer") for path in (SOURCE / folder).rglob("*.py"))
# A name; a word of canned responses, whatever the screen's language; a language's own name; punctuation.
KNOWN = {"IzarLink", "concerné", "Français", ".,;:!?…’*"}


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_has_no_text_outside_gettext(template: Path) -> None:
    untranslated = untranslated_in_template(template.read_text("utf-8"))

    assert [text for text in untranslated if text not in KNOWN] == []


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_has_no_text_outside_gettext(module: Path) -> None:
    untranslated = untranslated_in_code(module.read_text("utf-8"))

    assert [text for text in untranslated if text not in KNOWN and not text.startswith("https?://")] == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Bonjour</p>", ["Bonjour"]),
        ('<td data-label="Nom">{{ name }}</td>', ["Nom"]),
        ("{{ 'Aucun' if not tickets else tickets }}", ["Aucun"]),
        ("{{ fields.text(form.name, hint='Prénom et nom') }}", ["Prénom et nom"]),
        ("<a>n° {{ number }}</a>", ["n°"]),
        ("<p class=\"wide\">{{ _('Nom') }} {% trans %}Le nom{% endtrans %}</p>", []),
    ],
)
def test_a_word_outside_gettext_is_found_in_a_template(source: str, expected: list[str]) -> None:
    assert untranslated_in_template(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("title = 'Créé'", ["Créé"]),
        ("flash(f'Créé par {name}')", ["Créé par "]),
        ("name = LineField('Nom')", ["Nom"]),
        ("submit = 'Envoyer'", ["Envoyer"]),
        ("'''Créé.'''\ntitle = _('Créé')", []),
    ],
)
def test_a_word_outside_gettext_is_found_in_code(source: str, expected: list[str]) -> None:
    assert untranslated_in_code(source) == expected
