"""The installed Chromium or Chrome; none is downloaded.

As a script: exit 0 if one is installed, else 1 with a sentence about what to install.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypedDict

from playwright.sync_api import Browser, ViewportSize, sync_playwright


class Screen(TypedDict):
    """The screen of a browser context."""

    viewport: ViewportSize
    color_scheme: Literal["light", "dark"]


WIDE: Screen = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
NARROW: Screen = {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"}

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "The browser tests need Chromium or Google Chrome: install Debian's package chromium, or your system's."
FLAGS = (
    "--no-sandbox",  # root, as in containers, can't use Chromium's sandbox
    "--disable-dev-shm-usage",  # containers often have only 64 MB there, and pages crash
    "--disable-gpu",
    # Tests use only the loopback, so the browser must contact no other host.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launch() -> Iterator[Browser]:
    """Start the installed browser without a window; close it at the end."""
    path = find()
    if path is None:
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    sys.exit(None if find() else MISSING)
