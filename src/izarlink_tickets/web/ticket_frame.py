"""The page around a ticket, kept for the viewer's next one."""

from collections.abc import Hashable, Mapping

from flask import make_response
from markupsafe import Markup
from werkzeug.wrappers import Response

from izarlink_tickets.web.forms import Form, form_page
from izarlink_tickets.web.row_memo import render_frame
from izarlink_tickets.web.slots import escaped


def ticket_response(
    template: str, form: Form | None, *, number: int, title: str | None, content: str, **around: Hashable
) -> Response:
    """Render a ticket's page, with the form that came back, if any.

    title: None once erased. content: HTML. around: the template's other values.
    """
    html = Markup(content)  # noqa: S704 - rendered by a template
    if form:
        return form_page(template, form, number=number, title=title, content=html, **around)

    def values(slots: Mapping[str, Markup]) -> dict[str, object]:
        return {**around, **slots, "title": None if title is None else slots["title"]}

    fill = {**escaped(number=number, title=title or ""), "content": html}
    key = title is None, *around.values()
    return make_response(render_frame(template, key=key, fill=fill, values=values))
