"""Send the directory's forms as a browser does, with their hidden inputs."""

from tests.web.browsing import Browser, Page


def fill(browser: Browser, page: Page, action: str, **fields: str) -> Page:
    """Fill in and send the form with the action.

    Empty: the page's own address.
    """
    path = action or str(page.response.request.path)
    return browser.post(path, {**page.hidden_fields(action), **fields})


def followed(browser: Browser, answer: Page) -> Page:
    """Follow the redirect."""
    assert answer.status == 303, answer.errors
    return browser.get(str(answer.location))


def rows(page: Page) -> list[str]:
    """List the first cells of the page's rows."""
    return ["".join(cell.itertext()).strip() for cell in page.tree.findall(".//tbody/tr/td[1]")]
