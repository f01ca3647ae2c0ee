"""The portal's settings and its two keys, read once and frozen."""

from izarlink_tickets.config.checks import FAULTS_ALLOWED, LOOPBACK_HOSTS
from izarlink_tickets.config.keys import create_keys, load_keys, load_sealing_key, short_fingerprint
from izarlink_tickets.config.master_keys import MasterKeys, SealingKey, derive_key, fingerprint_of
from izarlink_tickets.config.settings import (
    OIDC_REDIRECT_PATH,
    MailFolder,
    OidcSettings,
    Settings,
    SettingsError,
    SmtpServer,
)

__all__ = [
    "FAULTS_ALLOWED",
    "LOOPBACK_HOSTS",
    "OIDC_REDIRECT_PATH",
    "MailFolder",
    "MasterKeys",
    "OidcSettings",
    "SealingKey",
    "Settings",
    "SettingsError",
    "SmtpServer",
    "create_keys",
    "derive_key",
    "fingerprint_of",
    "load_keys",
    "load_sealing_key",
    "short_fingerprint",
]
