"""The wheel: what `pip` builds from the project."""

import subprocess
import sys
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "izarlink_tickets"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index")
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, ROOT], check=True)
    return ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_every_file_of_the_package(wheel: ZipFile):
    source = ROOT / "src"
    files = {path.relative_to(source).as_posix() for path in (source / PACKAGE).rglob("*") if path.is_file()}

    packaged = {name for name in wheel.namelist() if name.startswith(f"{PACKAGE}/")}

    assert packaged == {name for name in files if "__pycache__" not in name}


@pytest.mark.parametrize(
    "name",
    [
        "demo/data/directory.toml",
        "mail/ticket.jinja",
        "translations/en.po",
        "web/static/app.css",
        "web/templates/base.html",
    ],
)
def test_the_wheel_holds_what_is_not_python(wheel: ZipFile, name: str):
    assert wheel.read(f"{PACKAGE}/{name}")


def test_the_wheel_describes_itself(wheel: ZipFile):
    name = next(name for name in wheel.namelist() if name.endswith("/METADATA"))

    metadata = message_from_bytes(wheel.read(name))

    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata["Keywords"]
