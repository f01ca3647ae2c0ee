"""The two mandatory keys, from settings or created by `migrate` in DATA_DIR.

`keys rotate` changes those in DATA_DIR. Each of its steps replaces one file at once, so that a process reads whole keys
at any moment, and a killed command is completed by the next.
"""

import base64
import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from izarlink_tickets.config import checks
from izarlink_tickets.config.master_keys import (
    MasterKeys,
    PreviousKey,
    SealingKey,
    SecretKey,
    Secrets,
    fingerprint_of,
    unique,
)
from izarlink_tickets.config.settings import PREFIX, Settings, SettingsError
from izarlink_tickets.durable_files import replace_file, sync_folder, write_new
from izarlink_tickets.failpoints import Point, failpoint

SECRET, SEALING = "secret_key", "sealing_key"
# The keys before, a line each, and until when their signatures are accepted.
_PREVIOUS_SECRET = "secret_key.previous"  # noqa: S105 - the name of a file
# Of one day; trying each costs microseconds per forged cookie.
MOST_PREVIOUS = 10
# The key that a rotation has begun to wrap with.
_NEXT_SEALING = "sealing_key.next"
# Retired keys are named by the first digits of their fingerprints.
_SHORT = 16
_RETIRED = f"{SEALING}.{'[0-9a-f]' * _SHORT}"


def load_keys(settings: Settings) -> MasterKeys:
    """Load both keys from settings or DATA_DIR. Raises: SettingsError."""
    keys = MasterKeys(load_secret_key(settings), load_sealing_key(settings))
    if keys.secret in keys.sealing.all():
        raise SettingsError("IZARLINK_SECRET_KEY and IZARLINK_SEALING_KEY must be two different keys.")
    return keys


def load_secret_key(settings: Settings) -> SecretKey:
    """Load the secret key. Raises: SettingsError if it is missing or invalid."""
    if settings.secret_key:
        return SecretKey(Secrets(settings.secret_key, tuple(map(PreviousKey, settings.secret_key_fallbacks))))
    reload = partial(_stored_secrets, settings.data_dir)
    return SecretKey(reload(), path=settings.data_dir / SECRET, reload=reload)


def load_sealing_key(settings: Settings) -> SealingKey:
    """Load the sealing key. Raises: SettingsError if it is missing or invalid."""
    if settings.sealing_key:
        return SealingKey(settings.sealing_key, *settings.sealing_key_fallbacks)
    reload = partial(_stored_sealing_keys, settings.data_dir)
    return SealingKey(*reload(), reload=reload)


def create_keys(settings: Settings) -> list[Path]:
    """Create the missing keys for `migrate`, and return the new files."""
    missing = [name for name in (SECRET, SEALING) if getattr(settings, name) is None]
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [path for name in missing if _create_key(path := settings.data_dir / name)]


def change_secret_file(folder: Path, *, previous_until: datetime | None) -> None:
    """Replace the stored secret key.

    previous_until: aware UTC; until then the present key's signatures are accepted. None: no earlier one's are.
    Raises: SettingsError, OSError.
    """
    previous = folder / _PREVIOUS_SECRET
    if previous_until is None:
        previous.unlink(missing_ok=True)
    else:
        # Before the new key appears: a process that reads the new one finds the previous ones.
        stored = _stored_secrets(folder)
        replace_file(previous, _previous_lines((PreviousKey(stored.present, previous_until), *stored.previous)))
    replace_file(folder / SECRET, _encoded(secrets.token_bytes(checks.KEY_BYTES)))


def begin_sealing_file(folder: Path) -> bytes:
    """Create the next sealing key beside the present one.

    Return it; one that is there stays. Raises: SettingsError, OSError.
    """
    _create_key(folder / _NEXT_SEALING)
    return _stored_key(folder, _NEXT_SEALING)


def finish_sealing_file(folder: Path) -> Path | None:
    """Make the next sealing key the present one.

    The one before is kept for its backups. Return its file; None if there is no next key.
    """
    if not (folder / _NEXT_SEALING).exists():
        return None
    present = _stored_key(folder, SEALING)
    retired = folder / f"{SEALING}.{short_fingerprint(fingerprint_of(present))}"
    replace_file(retired, _encoded(present))
    failpoint(Point.KEY_RETIRED)
    (folder / _NEXT_SEALING).replace(folder / SEALING)
    sync_folder(folder)
    return retired


def short_fingerprint(fingerprint: str) -> str:
    """Return the digits that people see."""
    return fingerprint[:_SHORT]


def _stored_secrets(folder: Path) -> Secrets:
    present = _stored_key(folder, SECRET)
    try:
        lines = (folder / _PREVIOUS_SECRET).read_text("ascii").splitlines()
        return Secrets(present, tuple(map(_previous_key, lines)))
    except FileNotFoundError:
        return Secrets(present)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{folder / _PREVIOUS_SECRET} can't be read; delete it.") from error


def _previous_key(line: str) -> PreviousKey:
    key, until = line.split()
    return PreviousKey(checks.key_of(key), datetime.fromisoformat(until))


def _previous_lines(keys: Iterable[PreviousKey]) -> bytes:
    """Format the latest keys that are accepted for a while."""
    kept = [key for key in keys if key.until is not None][:MOST_PREVIOUS]
    return b"".join(base64.b64encode(key.key) + f" {key.until.isoformat()}\n".encode() for key in kept if key.until)


def _stored_sealing_keys(folder: Path) -> tuple[bytes, ...]:
    return unique(_read_sealing_keys(folder))


def _read_sealing_keys(folder: Path) -> Iterator[bytes]:
    """Yield the next key, the present one and the retired ones."""
    if (folder / _NEXT_SEALING).exists():
        # It becomes the present one at any moment.
        try:
            yield _stored_key(folder, _NEXT_SEALING)
        except SettingsError:
            if (folder / _NEXT_SEALING).exists():
                raise
    yield _stored_key(folder, SEALING)
    for path in sorted(folder.glob(_RETIRED)):
        yield _stored_key(folder, path.name)


def _stored_key(folder: Path, name: str) -> bytes:
    path, variable = folder / name, PREFIX + name.partition(".")[0].upper()
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
    """Write a new key atomically; False if another process has created it."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        write_new(draft, _encoded(secrets.token_bytes(checks.KEY_BYTES)))
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def _encoded(key: bytes) -> bytes:
    return base64.b64encode(key) + b"\n"
