"""Templates, compiled once per language.

Constant sentences are translated when a template is compiled: a page translates nothing that is the same for everybody.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Flask, current_app, get_flashed_messages, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import Environment, PackageLoader, StrictUndefined, Template, nodes
from jinja2.utils import htmlsafe_json_dumps
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from izarlink_tickets import i18n
from izarlink_tickets.attachments.file_types import ACCEPT, ACCEPTED
from izarlink_tickets.config import Settings
from izarlink_tickets.file_refusal_messages import ADVICE
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web.assets import address_of
from izarlink_tickets.web.filters import FILTERS
from izarlink_tickets.web.page import current_page
from izarlink_tickets.web.support_contact import SupportContact

KINDS = ", ".join(ACCEPTED)
_NAME = "izarlink-templates"
_TRANSLATIONS: Mapping[str, Callable[..., str]] = {"_": _, "gettext": _, "pgettext": i18n.pgettext}


def register_templates(app: Flask, *, settings: Settings) -> None:
    app.extensions[_NAME] = {language: _environment(app, language, settings) for language in i18n.LANGUAGES}


def render(template: str, **values: object) -> str:
    """Render a page for its viewer, in their language."""
    page = current_page()
    return _template(template).render(page=page, **values)


def render_bare(template: str, **values: object) -> str:
    """Render a page without its viewer.

    The database doesn't answer, or the request isn't trusted.
    """
    return _template(template).render(values)


def macro(template: str, name: str) -> Callable[..., Markup]:
    """Return a macro of a template, in the page's language."""
    found: Callable[..., Markup] = getattr(_template(template).module, name)
    return found


def _template(name: str) -> Template:
    environments: Mapping[str, Environment] = current_app.extensions[_NAME]
    return environments[i18n.current_language()].get_template(name)


def _environment(app: Flask, language: str, settings: Settings) -> Environment:
    environment = LanguageEnvironment(
        language=language,
        loader=PackageLoader("izarlink_tickets.web"),
        autoescape=True,
        auto_reload=False,
        # A missing value is an error in the template, not an empty text.
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # The extension adds the method.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext
    )
    environment.policies["json.dumps_function"] = app.json.dumps
    with i18n.use_language(language):
        words, advice = script_words(), [(kinds, str(sentence)) for kinds, sentence in ADVICE.items()]
    environment.globals.update(
        asset=address_of,
        accepted_files=ACCEPT,
        csrf_token=generate_csrf,
        file_advice=advice,
        get_flashed_messages=get_flashed_messages,
        # Written once: every page holds them.
        script_words=htmlsafe_json_dumps(words, dumps=app.json.dumps),
        second_factor=settings.second_factor,
        support=SupportContact.of(settings),
        url_for=url_for,
    )
    environment.filters.update(FILTERS)
    return environment


class LanguageEnvironment(Environment):
    """The templates in one language."""

    def __init__(self, *, language: str, **options: Any) -> None:  # noqa: ANN401 - Jinja's own
        """Prepare without compiling."""
        super().__init__(**options)
        self._language = language

    def _generate(self, source: nodes.Template, *arguments: Any, **options: Any) -> str:  # noqa: ANN401 - Jinja's own
        """Generate the code of a template, with its sentences translated."""
        with i18n.use_language(self._language):
            translated = cast("nodes.Template", _Translation().visit(source))
        return super()._generate(translated, *arguments, **options)


class _Translation(NodeTransformer):
    """Translates the calls with a constant sentence."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        """Translate the sentence; a page fills in its values."""
        self.generic_visit(node)
        translate = _TRANSLATIONS.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if translate is None or not all(isinstance(argument, nodes.Const) for argument in node.args):
            return node
        # Safe and with its percent signs doubled, as Jinja's own calls treat it: it is the portal's text.
        sentence = translate(*(argument.value for argument in node.args if isinstance(argument, nodes.Const)))
        if not node.kwargs:
            return nodes.MarkSafe(nodes.Const(sentence % {}, lineno=node.lineno), lineno=node.lineno)
        values = [nodes.Pair(nodes.Const(value.key), value.value, lineno=node.lineno) for value in node.kwargs]
        safe = nodes.MarkSafe(nodes.Const(sentence), lineno=node.lineno)
        return nodes.Mod(safe, nodes.Dict(values, lineno=node.lineno), lineno=node.lineno)


def script_words() -> dict[str, str]:
    """Return the sentences of `app.js`, which fills in the names in braces."""
    return {
        "show": _("Afficher"),
        "hide": _("Masquer"),
        "choose": _("Choisir des fichiers"),
        "drop": _("ou déposez-les ici, ou collez une capture"),
        "remove": _("Retirer"),
        "kilobytes": _("{count} Ko"),
        "megabytes": _("{count} Mo"),
        "kinds": KINDS,
        "kind": _("Le type de ce fichier n’est pas accepté. Types acceptés : %(kinds)s.", kinds=KINDS),
        "refused": _("Ce fichier n’est pas accepté : {advice}"),
        "smaller": _("Image réduite de {from} à {to}, sans sa position ni ses autres données."),
        "shrinking": _("Réduction de l’image…"),
        "empty": _("Ce fichier est vide."),
        "large": _("Ce fichier doit peser {limit} au plus (le vôtre : {size})."),
        "many": _("Joignez {most} fichiers au plus : celui-ci est en trop."),
        "sending": _("Envoi…"),
        "storing": _("Enregistrement…"),
        "failed": _(
            "L’envoi n’a pas abouti. Rien n’est perdu : vérifiez votre accès à Internet, puis envoyez de nouveau."
        ),
        "restored": _("Brouillon restauré, saisi le {when}."),
        "missing": _("Les fichiers ne sont pas conservés sur l’appareil. À joindre de nouveau : {names}."),
        "clear": _("Effacer"),
    }
