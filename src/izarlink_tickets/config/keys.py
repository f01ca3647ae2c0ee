"""The two mandatory keys, from settings or created by `migrate` in DATA_DIR."""

import base64
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from izarlink_tickets.config import checks
from izarlink_tickets.config.settings import PREFIX, Settings, SettingsError
from izarlink_tickets.durable_files import sync_folder, write_new


@dataclass(frozen=True)
class MasterKeys:
    """Two keys of 32 bytes.

    secret: signs forms and hashes the throttle's subjects. sealing: wraps the personal keys.
    """

    secret: bytes = field(repr=False)
    sealing: bytes = field(repr=False)


def load_keys(settings: Settings) -> MasterKeys:
    """Load both keys from settings or DATA_DIR. Raises: SettingsError."""
    keys = MasterKeys(
        secret=settings.secret_key or _stored_key(settings, "secret_key"),
        sealing=load_sealing_key(settings),
    )
    if keys.secret == keys.sealing:
        raise SettingsError("IZARLINK_SECRET_KEY and IZARLINK_SEALING_KEY must be two different keys.")
    return keys


def load_sealing_key(settings: Settings) -> bytes:
    """Load the sealing key. Raises: SettingsError if it is missing or invalid."""
    return settings.sealing_key or _stored_key(settings, "sealing_key")


def create_keys(settings: Settings) -> list[Path]:
    """Create the missing keys for `migrate`, and return the new files."""
    missing = [name for name in ("secret_key", "sealing_key") if getattr(settings, name) is None]
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [path for name in missing if _create_key(path := settings.data_dir / name)]


def _stored_key(settings: Settings, name: str) -> bytes:
    path, variable = settings.data_dir / name, PREFIX + name.upper()
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        raise SettingsError(f"{variable} is missing; set it, or let `izarlink-tickets migrate` make it.") from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{variable} can't be read from {path}.") from error
    try:
        return checks.key_of(text)
    except ValueError as error:
        raise SettingsError(f"{variable}, stored in {path}, {error}.") from None


def _create_key(path: Path) -> bool:
    """Write a new key atomically; False if another `migrate` has created it."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        write_new(draft, base64.b64encode(secrets.token_bytes(checks.KEY_BYTES)) + b"\n")
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True
