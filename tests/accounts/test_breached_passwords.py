"""Look-up of breached passwords in an operator's copy."""

import hashlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from izarlink_tickets.accounts.breached_passwords import BreachedPasswordsUnreadable, check_copy, is_breached
from izarlink_tickets.accounts.passwords import PasswordFault, PasswordTooWeak, check_strength

BREACHED = [f"mot de passe volé {nth}" for nth in range(200)]
STRONG, SOUND = "quatre chevaux sans selle", "cinq juments avec selle"
# Of a folder, those that `check_copy` reads.
SAMPLED = ("00000", "3FFFF", "7ABCD", "A0001", "FFFFF")


def hash_of(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@pytest.fixture(params=["file", "file of CRLF", "file in small letters", "folder", "folder of .txt"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a copy in each of the formats."""
    hashes = sorted(map(hash_of, [*BREACHED, STRONG]))
    if request.param.startswith("file"):
        file = tmp_path / "pwned.txt"
        end = "\r\n" if "CRLF" in request.param else "\n"
        text = "".join(f"{digest}:{nth + 1}{end}" for nth, digest in enumerate(hashes))
        file.write_bytes((text.lower() if "small" in request.param else text).encode())
        return file
    suffix = ".txt" if request.param.endswith("txt") else ""
    prefixes = {digest[:5] for digest in map(hash_of, [*BREACHED, STRONG, SOUND])}
    for prefix in (*prefixes, *SAMPLED):
        lines = [f"{digest[5:]}:3" for digest in hashes if digest.startswith(prefix)] or [f"{'0' * 35}:0"]
        (tmp_path / f"{prefix}{suffix}").write_text("\r\n".join(lines))
    return tmp_path


def test_each_breached_password_is_found_and_no_other(place: Path):
    found = [is_breached(place, password) for password in (*BREACHED, STRONG)]

    assert all(found)
    assert not is_breached(place, SOUND)
    assert check_copy(place)


def test_a_breached_password_is_refused_whatever_its_strength(tmp_path: Path):
    file = tmp_path / "pwned.txt"
    file.write_text(f"{hash_of(STRONG)}:1\n")

    with pytest.raises(PasswordTooWeak) as refused:
        check_strength(STRONG, words=(), breached=file)

    assert refused.value.reason is PasswordFault.BREACHED
    check_strength(SOUND, words=(), breached=file)


def test_a_padding_of_the_service_is_no_breach(tmp_path: Path):
    digest = hash_of(STRONG)
    (tmp_path / digest[:5]).write_text(f"{digest[5:]}:0")
    file = tmp_path / "pwned.txt"
    file.write_text(f"{digest}:0\n")

    assert [is_breached(place, STRONG) for place in (tmp_path, file)] == [False, False]


def test_a_missing_copy_is_logged_without_the_password_and_locks_nobody_out(tmp_path: Path):
    with capture_logs() as logs:
        check_strength(STRONG, words=(), breached=tmp_path / "none")

    assert [entry["event"] for entry in logs] == ["breached_passwords_unreadable"]
    assert STRONG not in str(logs)
    assert hash_of(STRONG)[:5] not in str(logs)


@pytest.mark.parametrize("content", ["", "no hashes\n" * 20, f"{'F' * 40}:1\n{'0' * 40}:1\n" * 50])
def test_another_file_is_reported(tmp_path: Path, content: str):
    file = tmp_path / "other.txt"
    file.write_text(content)

    with pytest.raises(BreachedPasswordsUnreadable):
        check_copy(file)


def test_an_incomplete_folder_is_reported(tmp_path: Path):
    with pytest.raises(BreachedPasswordsUnreadable, match="00000 is missing"):
        check_copy(tmp_path)
