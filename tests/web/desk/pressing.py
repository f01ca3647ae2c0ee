"""Send the desk's forms as a browser does, with their hidden inputs."""

from typing import Any
from uuid import uuid4

from tests.web.browsing import Browser, Page


def address(number: int, action: str = "") -> str:
    return f"/bureau/tickets/{number}" + (f"/{action}" if action else "")


def press(browser: Browser, number: int, action: str, **fields: Any) -> Page:
    """Open the ticket, fill in an action's form and send it."""
    return press_on(browser.get(address(number)), browser, number, action, **fields)


def press_on(page: Page, browser: Browser, number: int, action: str, **fields: Any) -> Page:
    """Fill in and send an action's form, maybe on a stale page."""
    path = address(number, action)
    return browser.post(path, {**page.hidden_fields(path), **fields})


def remove_watcher(browser: Browser, number: int) -> Page:
    """Press the last « Retirer » of the page."""
    path = address(number, "observateurs")
    return browser.post(path, browser.get(address(number)).hidden_fields(path, place=-1))


def send(browser: Browser, number: int, action: str, **fields: Any) -> Page:
    """Send a form that the page doesn't offer, with the version read."""
    page = browser.get(address(number))
    seen = [element.get("value", "") for element in page.tree.iter("input") if element.get("name") == "version"]
    return browser.send(address(number, action), {"command_id": str(uuid4()), "version": "".join(seen[:1]), **fields})


def text_in(page: Page, field_id: str) -> str | None:
    """Return the text of an input or a text area."""
    field = next(element for element in page.tree.iter() if element.get("id") == field_id)
    # The first line feed of a text area belongs to the markup; the parser takes it away.
    return field.text if field.tag == "textarea" else field.get("value")


def chosen_in(page: Page, field_id: str) -> str | None:
    """Return the chosen value of a drop-down list."""
    field = next(element for element in page.tree.iter("select") if element.get("id") == field_id)
    chosen = [element.get("value") for element in field.iter("option") if element.get("selected") is not None]
    return chosen[0] if chosen else None


def actions_on(page: Page) -> set[str]:
    """List the page's forms by the last part of their address."""
    actions = (form.get("action", "") for form in page.tree.iter("form") if form.get("method") == "post")
    return {action.rpartition("/")[2] for action in actions if action.startswith("/bureau/")}
