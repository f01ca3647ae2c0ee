"""The portal's settings and its two keys, read once and frozen."""

from izarlink_tickets.config.checks import FAULTS_ALLOWED, LOOPBACK_HOSTS
from izarlink_tickets.config.keys import MasterKeys, create_keys, load_keys, load_sealing_key
from izarlink_tickets.config.settings import MailFolder, Settings, SettingsError, SmtpServer

__all__ = [
    "FAULTS_ALLOWED",
    "LOOPBACK_HOSTS",
    "MailFolder",
    "MasterKeys",
    "Settings",
    "SettingsError",
    "SmtpServer",
    "create_keys",
    "load_keys",
    "load_sealing_key",
]
