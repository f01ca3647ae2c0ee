"""The two keys that the portal can't start without: given as settings, or made by `migrate` in DATA_DIR."""

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
    """`secret` signs forms and blinds throttle keys, `sealing` wraps the keys of persons; 32 bytes each."""

    secret: bytes = field(repr=False)
    sealing: bytes = field(repr=False)


def load_keys(settings: Settings) -> MasterKeys:
    """Give both keys, as set or from their files in DATA_DIR. Raises: SettingsError where one is missing or odd."""
    keys = MasterKeys(
        secret=settings.secret_key or _stored_key(settings, "secret_key"),
        sealing=load_sealing_key(settings),
    )
    if keys.secret == keys.sealing:
        raise SettingsError("IZARLINK_SECRET_KEY and IZARLINK_SEALING_KEY must be two different keys.")
    return keys


def load_sealing_key(settings: Settings) -> bytes:
    """Give the key that seals alone. Raises: SettingsError where it is missing or odd."""
    return settings.sealing_key or _stored_key(settings, "sealing_key")


def create_keys(settings: Settings) -> list[Path]:
    """Make the keys that are neither set nor stored, and give the new files. For `migrate` only."""
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
    """Write a key whole or not at all, never over another one: a second `migrate` may run beside this one."""
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
