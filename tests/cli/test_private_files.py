"""Files of an installation: readable by its own account alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite_only("modes of files in the data folder")


def test_every_file_is_private_whatever_the_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    environment = {**os.environ, "IZARLINK_DATA_DIR": str(tmp_path)}
    environment.pop("IZARLINK_DATABASE_URL", None)

    for command in (["migrate"], ["demo", "load"], ["backup", str(tmp_path / "sauvegarde.zip")]):
        portal = [sys.executable, "-m", "izarlink_tickets", *command]
        subprocess.run(portal, env=environment, umask=0o022, check=True, capture_output=True)

    files = {path.relative_to(tmp_path).as_posix(): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert {"izarlink.db", "sauvegarde.zip"} <= set(files)
    assert {name: oct(mode) for name, mode in files.items() if mode & 0o077} == {}
