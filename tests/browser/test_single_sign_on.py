"""Single sign-on in a browser, with a separate provider process."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.mailbox import Mailbox
from tests.browser.served import Served, serving
from tests.browser.test_directory import faults, press
from tests.ports import free_port
from tests.stage import Stage

SUBJECT = "7d1f0c2a"
SAM = {"sub": SUBJECT, "roles": ["support"], "name": "Sam Iriart", "email": "sam@izarlink.example"}
START_SECONDS = 60


@pytest.fixture
def issuer() -> Iterator[str]:
    """Run an OpenID provider that knows sam."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--user-claims", json.dumps(SAM)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_it_answers(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the provider ended before it was ready"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/.well-known/openid-configuration")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    raise TimeoutError("the provider is not ready")


@pytest.fixture
def served(sqlite_stage: Stage, tmp_path: Path, mails: Mailbox, issuer: str) -> Iterator[Served]:
    sqlite_stage.settings(tmp_path)
    more = {
        "IZARLINK_OIDC_ISSUER": issuer,
        "IZARLINK_OIDC_CLIENT_ID": "izarlink-tickets",
        "IZARLINK_OIDC_CLIENT_SECRET": "un secret",
    }
    url = f"sqlite:///{tmp_path / 'izarlink.db'}"
    with serving(tmp_path, database_url=url, smtp_port=mails.port, more=more) as served:
        yield served


def test_staff_sign_in_and_out_by_the_provider(browser: Browser, served: Served, issuer: str):
    served.command("account", "link", "sam@izarlink.example", "--subject", SUBJECT)
    page = browser.new_context(locale="fr-FR").new_page()
    page.goto(f"{served.address}/bureau?vue=tous")
    findings = faults(page)

    press(page, "Se connecter avec le compte IzarLink")
    page.wait_for_url(f"{issuer}/oauth2/authorize?**")
    page.get_by_role("button", name=SUBJECT).click()
    page.wait_for_url(f"{served.address}/bureau?vue=tous")
    expect(page.get_by_role("link", name="Sam Iriart")).to_be_visible()

    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(f"{issuer}/oauth2/end_session?**")
    page.get_by_role("button").first.click()
    page.wait_for_url(f"{served.address}/connexion**")
    page.goto(f"{served.address}/bureau")
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    assert findings == []
