"""Waiting until a page is complete, with its scripts."""

from re import Pattern

from playwright.sync_api import Locator, Page, expect


def arrive_at(page: Page, heading: str | Pattern[str]) -> None:
    """Wait for the page whose heading contains the text."""
    see(page.get_by_role("heading", level=1), heading)


def see(element: Locator, words: str | Pattern[str]) -> None:
    """Wait for words of the new page, then until it is loaded."""
    expect(element).to_contain_text(words)
    element.page.wait_for_load_state()
