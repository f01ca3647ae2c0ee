"""Blank forms, rendered once for everybody who is offered them."""

from collections.abc import Callable, Hashable

from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from izarlink_tickets.i18n import current_language
from izarlink_tickets.web import authentication
from izarlink_tickets.web.forms import Form, new_command_id
from izarlink_tickets.web.html_memo import HtmlMemo
from izarlink_tickets.web.slots import slot
from izarlink_tickets.web.templating import macro

_blank_forms = HtmlMemo(pieces=500)


def render_blank(
    template: str, name: str, form: Callable[[], Form], *arguments: Hashable, key: Hashable, **slots: object
) -> Markup:
    """Render a blank form by a macro, which takes it, the ticket's number and the arguments.

    form: builds it, from the key alone. slots: the values that differ by page, such as number.
    """
    key = (template, name, key, arguments, current_language())
    html = _blank_forms.get(key, lambda: _render(template, name, form(), arguments))
    viewer = authentication.viewer()
    return html.fill(
        token=generate_csrf(),
        author=viewer.id,
        zone=viewer.timezone,
        command_id=new_command_id(),
        form_id=new_command_id(),
        **slots,
    )


def render_form(template: str, name: str, form: Form, *arguments: object, number: int) -> Markup:
    """Render a form that came back by the macro of its blank form."""
    return _without_last_line_feed(macro(template, name)(form, number, *arguments))


def _render(template: str, name: str, form: Form, arguments: tuple[Hashable, ...]) -> str:
    return _without_last_line_feed(macro(template, name)(form.turn_into_slots(), slot("number"), *arguments))


def _without_last_line_feed(html: Markup) -> Markup:
    # The page's template adds its own.
    return html.removesuffix("\n")
