"""Fill in a form of the directory as a browser does: with all that stands unseen in it."""

from tests.web.browsing import Browser, Page


def fill(browser: Browser, page: Page, action: str, **fields: str) -> Page:
    """Fill in the form of the page with that action, and send it; an empty action is the page's own address."""
    path = action or str(page.response.request.path)
    return browser.post(path, {**page.hidden_fields(action), **fields})


def followed(browser: Browser, answer: Page) -> Page:
    """Go where the answer leads."""
    assert answer.status == 303, answer.errors
    return browser.get(str(answer.location))


def rows(page: Page) -> list[str]:
    """List what the rows of the page's lists begin with."""
    return ["".join(cell.itertext()).strip() for cell in page.tree.findall(".//tbody/tr/td[1]")]
