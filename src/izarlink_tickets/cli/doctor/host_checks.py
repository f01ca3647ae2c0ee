"""Checks of the machine and the settings, before the database."""

import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from izarlink_tickets.accounts.breached_passwords import BreachedPasswordsUnreadable, check_copy
from izarlink_tickets.application.operations.health import LITTLE_SPACE_BYTES, NO_SPACE_BYTES, free_bytes
from izarlink_tickets.attachments import ClamdScanner, ScannerUnavailable
from izarlink_tickets.cli.doctor.check_results import CheckFailed, CheckResult, CheckStatus, run_check
from izarlink_tickets.cli.doctor.networks import is_loopback, is_public
from izarlink_tickets.cli.output import moment
from izarlink_tickets.cli.session import now
from izarlink_tickets.config import FAULTS_ALLOWED, LOOPBACK_HOSTS, MailFolder, Settings
from izarlink_tickets.identity_provider import IdentityProvider, ProviderUnavailable
from izarlink_tickets.mailer import Branding, ServerUnreachable, Smtp

# On older versions a title could add headers to a mail (CVE-2024-6923); we also build headers another way.
SAFE_PYTHON = (3, 11, 10)
OTHER_USERS = 0o077
HANDSHAKE_SECONDS = 10.0


def check_python() -> CheckResult:
    return run_check("python", _python, remedy="Install a current Python.")


def check_host(settings: Settings) -> Iterator[CheckResult]:
    writable = "Let the account that runs the portal write there, and no other account read it."
    yield run_check("address", lambda: _address(settings))
    yield run_check("listening", lambda: _listening(settings))
    yield run_check("proxies", lambda: _proxies(settings))
    yield run_check("data folder", lambda: _folder(settings.data_dir), remedy=writable)
    yield run_check("attachments", lambda: _folder(settings.attachments_folder), remedy=writable)
    yield run_check("disk", lambda: _disk(settings.data_dir))
    yield run_check(
        "clock", lambda: f"it is {moment(now())}", remedy="Synchronise this machine's clock over the network."
    )
    yield run_check("faults", lambda: _faults(settings))
    yield run_check("antivirus", lambda: _antivirus(settings), remedy="Check IZARLINK_CLAMD_URL and that daemon.")
    yield run_check("breached passwords", lambda: _breached_passwords(settings))
    yield run_check("single sign-on", lambda: _single_sign_on(settings), remedy="Check IZARLINK_OIDC_ISSUER.")
    yield run_check("mail server", lambda: _mail_server(settings), remedy="Check IZARLINK_SMTP_URL and that server.")


def _python() -> str:
    if sys.version_info < SAFE_PYTHON:
        raise CheckFailed(
            f"{platform.python_version()} allows extra header lines in mails (CVE-2024-6923)",
            "Install 3.11.10 or later; meanwhile the portal builds and checks its headers itself.",
        )
    return platform.python_version()


def _address(settings: Settings) -> str:
    url = urlsplit(settings.base_url)
    if url.scheme != "https" and url.hostname not in LOOPBACK_HOSTS:
        raise CheckFailed(
            f"{settings.base_url} is not encrypted: passwords can be read in transit",
            "Put a reverse proxy with a certificate in front, and set IZARLINK_BASE_URL to its https:// address.",
        )
    return settings.base_url


def _listening(settings: Settings) -> str:
    """Check that visitors come through a proxy, which encrypts and limits requests."""
    if not is_loopback(settings.bind) and not settings.trusted_proxies:
        raise CheckFailed(
            f"{settings.bind} can be reached from other machines without a proxy",
            "Set IZARLINK_BIND to 127.0.0.1:8000 behind a proxy on this machine (deploy/nginx.conf), or"
            " IZARLINK_TRUSTED_PROXIES to the addresses of your proxies.",
            status=CheckStatus.FAILED,
        )
    if settings.metrics_bind and is_public(settings.metrics_bind):
        raise CheckFailed(
            f"metrics are on {settings.metrics_bind}, for whoever reaches it",
            "Set IZARLINK_METRICS_BIND to an address of your internal network.",
        )
    return settings.bind


def _proxies(settings: Settings) -> str:
    """Check that visitors' addresses are known: the sign-in limits count by address."""
    networks = settings.trusted_proxies
    if any(network.prefixlen == 0 for network in networks):
        raise CheckFailed(
            "every address is trusted: a visitor can claim any address and evade the sign-in limits",
            "Set IZARLINK_TRUSTED_PROXIES to the addresses of your proxies only.",
            status=CheckStatus.FAILED,
        )
    if not networks and urlsplit(settings.base_url).scheme == "https":
        raise CheckFailed(
            "none is trusted: all visitors seem to come from the proxy in front, and share the sign-in limits",
            "Set IZARLINK_TRUSTED_PROXIES to its address.",
        )
    return ", ".join(map(str, networks)) or "none, and none needed"


def _folder(path: Path) -> str:
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    with tempfile.TemporaryFile(dir=existing):
        pass
    if existing == path and path.stat().st_mode & OTHER_USERS:
        raise CheckFailed(f"{path} can be read by other users of this machine", f"chmod 700 {path}")
    return f"{path} is writable" if existing == path else f"{path} will be created"


def _disk(path: Path) -> str:
    free = free_bytes(path)
    detail = f"{free // 2**20:,} MiB free"
    if free < LITTLE_SPACE_BYTES:
        status = CheckStatus.FAILED if free < NO_SPACE_BYTES else CheckStatus.WARNING
        raise CheckFailed(detail, "Free some space, or nothing can be saved.", status=status)
    return detail


def _faults(settings: Settings) -> str:
    if settings.fault:
        point, nth = settings.fault
        raise CheckFailed(
            f"every process stops at pass {nth} of {point}", "Remove IZARLINK_FAULT.", status=CheckStatus.FAILED
        )
    if (settings.data_dir / FAULTS_ALLOWED).exists():
        raise CheckFailed(
            "failpoints are allowed in this installation", f"Remove {FAULTS_ALLOWED} from the data folder."
        )
    return "none injected"


def _breached_passwords(settings: Settings) -> str:
    """Check that the operator's copy can be read, by samples."""
    place = settings.breached_passwords_file
    if place is None:
        return "none: chosen passwords are compared with the common ones only"
    try:
        return check_copy(place)
    except BreachedPasswordsUnreadable as error:
        raise CheckFailed(
            f"{error}: breached passwords can be chosen",
            "Check IZARLINK_BREACHED_PASSWORDS_FILE: a file of lines HASH:COUNT sorted by hash, or a folder of ranges.",
            status=CheckStatus.FAILED,
        ) from error


def _antivirus(settings: Settings) -> str:
    """Check that the scanner answers, for the largest file too."""
    if settings.clamd_url is None:
        return "none: files are not scanned for viruses"
    scanner = ClamdScanner(settings.clamd_url, timeout=HANDSHAKE_SECONDS)
    try:
        version = scanner.version()
        scanner.find_virus(bytes(settings.attachment_max_bytes))
    except ScannerUnavailable as error:
        raise CheckFailed(
            f"{error}: no file can be attached",
            "Start clamd, check IZARLINK_CLAMD_URL, and let its StreamMaxLength be above the largest attachment.",
            status=CheckStatus.FAILED,
        ) from error
    return version


def _single_sign_on(settings: Settings) -> str:
    """Check that the provider answers, and is who it should be."""
    if settings.oidc is None:
        return "none: everybody signs in with a password"
    try:
        return IdentityProvider(settings.oidc).check()
    except ProviderUnavailable as error:
        raise CheckFailed(
            f"{settings.oidc.issuer}: {error}: IzarLink's people can't sign in",
            "Compare IZARLINK_OIDC_ISSUER with « issuer » in its /.well-known/openid-configuration, and its "
            "certificate with those that this machine trusts.",
            status=CheckStatus.FAILED,
        ) from error


def _mail_server(settings: Settings) -> str:
    target = settings.mail_target
    if isinstance(target, MailFolder):
        return f"mails are written to a folder; {_folder(target.path)}"
    branding = Branding.of(settings)
    server = Smtp(target, sender=branding.sender_address, host=branding.host, timeout=HANDSHAKE_SECONDS)
    try:
        server.prepare()
    except ServerUnreachable as error:
        raise CheckFailed(
            error.answer, "Check IZARLINK_SMTP_URL and that server.", status=CheckStatus.FAILED
        ) from error
    finally:
        server.close()
    return f"{target.host} accepts our mails"
