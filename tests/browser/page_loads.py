"""Wait for a page to be there whole: what is seen of it already may still wait for its end, and for its script."""

from re import Pattern

from playwright.sync_api import Locator, Page, expect


def arrive_at(page: Page, heading: str | Pattern[str]) -> None:
    """Wait for the page with that heading, or a part of it."""
    see(page.get_by_role("heading", level=1), heading)


def see(shown: Locator, words: str | Pattern[str]) -> None:
    """Wait for words that only the new page shows, and for the rest of it."""
    expect(shown).to_contain_text(words)
    shown.page.wait_for_load_state()
