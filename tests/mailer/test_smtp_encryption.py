"""The servers that the mailer trusts, before it sends anything."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.mailer.certificates import Certificate, make_certificate
from tests.mailer.post_office import open_post_office

from izarlink_tickets.config import SmtpServer
from izarlink_tickets.mailer import ServerUnreachable, Smtp
from izarlink_tickets.mailer.delivery import OutgoingMail

MAIL = OutgoingMail("mail-1", "alice@etxea.example", datetime(2026, 11, 22, tzinfo=UTC), b"Subject: x\r\n\r\nx\r\n")
USER, PASSWORD = "izarlink", "mot-de-passe-smtp"


def smtp(server: SmtpServer, **changes: Any) -> Smtp:
    return Smtp(replace(server, **changes), sender="support@izarlink.example", host="support.example", timeout=60)


def deliver(transport: Smtp) -> None:
    transport.prepare()
    transport.deliver(MAIL, deadline=monotonic() + 120)
    transport.close()


class Porter:
    """Check passwords, and record them."""

    def __init__(self, password: str = PASSWORD) -> None:
        self._password = password.encode()
        self.passwords: list[bytes] = []

    def __call__(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
    ) -> AuthResult:
        self.passwords.append(login.password)
        return AuthResult(success=login.password == self._password, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """Let the machine trust the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    return certificate


def test_starttls_and_a_password(trusted: Certificate) -> None:
    porter = Porter()
    options = {"tls_context": trusted.server_context(), "authenticator": porter, "auth_required": True}

    with open_post_office(**options) as office:
        deliver(smtp(office.server, user=USER, password=PASSWORD, demands_tls=True))

    assert porter.passwords == [PASSWORD.encode()]
    assert len(office.received) == 1


def test_a_password_beyond_ascii_is_sent_in_utf_8(trusted: Certificate) -> None:
    porter = Porter("clé à molette")
    options = {"tls_context": trusted.server_context(), "authenticator": porter, "auth_required": True}

    with open_post_office(**options) as office:
        deliver(smtp(office.server, user="étxea", password="clé à molette", demands_tls=True))

    assert porter.passwords == ["clé à molette".encode()]
    assert len(office.received) == 1


def test_a_password_beyond_ascii_needs_a_server_that_defines_its_encoding(trusted: Certificate) -> None:
    options = {
        "tls_context": trusted.server_context(),
        "authenticator": Porter(),
        "auth_required": True,
        "auth_exclude_mechanism": ["PLAIN"],
    }

    with open_post_office(**options) as office, pytest.raises(ServerUnreachable, match="AUTH PLAIN"):
        deliver(smtp(office.server, user=USER, password="clé", demands_tls=True))


def test_tls_from_the_start(trusted: Certificate) -> None:
    with open_post_office(ssl_context=trusted.server_context()) as office:
        deliver(smtp(office.server, is_tls_from_start=True, demands_tls=True))

    assert len(office.received) == 1


@pytest.mark.cve("CVE-2023-5422")
@pytest.mark.parametrize("demands_tls", [True, False])
def test_an_untrusted_certificate_is_refused(certificate: Certificate, demands_tls: bool) -> None:
    with (
        open_post_office(tls_context=certificate.server_context()) as office,
        pytest.raises(ServerUnreachable, match="certificate"),
    ):
        deliver(smtp(office.server, demands_tls=demands_tls))

    assert office.received == []


def test_a_certificate_of_another_host_is_refused(trusted: Certificate) -> None:
    with (
        open_post_office(tls_context=trusted.server_context()) as office,
        pytest.raises(ServerUnreachable, match="certificate"),
    ):
        deliver(smtp(office.server, host="localhost"))

    assert office.received == []


def test_no_password_is_sent_unencrypted() -> None:
    porter = Porter()

    with (
        open_post_office(authenticator=porter, auth_require_tls=False) as office,
        pytest.raises(ServerUnreachable, match="STARTTLS"),
    ):
        deliver(smtp(office.server, user=USER, password=PASSWORD, demands_tls=True))

    assert porter.passwords == []


def test_a_wrong_password_touches_no_mail(trusted: Certificate) -> None:
    options = {"tls_context": trusted.server_context(), "authenticator": Porter(), "auth_required": True}

    with open_post_office(**options) as office, pytest.raises(ServerUnreachable) as unreachable:
        deliver(smtp(office.server, user=USER, password="faux", demands_tls=True))

    assert unreachable.value.answer.startswith("535")
    assert office.received == []


def test_without_tls_on_the_loopback_a_mail_goes_as_it_is(tmp_path: Path) -> None:
    with open_post_office() as office:
        deliver(smtp(office.server))

    assert len(office.received) == 1
