"""Blank forms, rendered once for everybody who is offered them."""

from collections.abc import Callable, Hashable, Mapping

from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from izarlink_tickets.web.forms import Form, new_command_id
from izarlink_tickets.web.page import current_page
from izarlink_tickets.web.row_memo import slotted_piece
from izarlink_tickets.web.slots import escaped, slot
from izarlink_tickets.web.templating import macro


def page_slots(**values: object) -> dict[str, str]:
    """Return the slots that all blank forms of a page share."""
    page = current_page()
    author = page.viewer.id if page.viewer else ""
    return escaped(token=generate_csrf(), author=author, zone=page.timezone, **values)


def render_blank(
    template: str, name: str, form: Callable[[], Form], *arguments: Hashable, key: Hashable, slots: Mapping[str, str]
) -> Markup:
    """Render a blank form by a macro.

    The macro takes the form, its target and the arguments.
    form: builds it, from the key alone. slots: of `page_slots`, with the target: a ticket's number or a requester's id.
    """
    key = (template, name, key, arguments, current_page().language)
    html = slotted_piece("form", key, lambda: _render(template, name, form(), arguments))
    own = {field: new_command_id() for field in ("command_id", "form_id") if field in html.names}
    return html.fill({**slots, **own})


def render_form(template: str, name: str, form: Form, *arguments: object, target: object) -> Markup:
    """Render a returned form by the macro of its blank form."""
    return macro(template, name)(form, target, *arguments)


def _render(template: str, name: str, form: Form, arguments: tuple[Hashable, ...]) -> str:
    return str(macro(template, name)(form.turn_into_slots(), slot("target"), *arguments))
