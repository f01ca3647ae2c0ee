"""Modules that a server loads before it is ready."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from izarlink_tickets.cli import no_garbage_collection

# Needed by few requests or by other commands; each would be paid by every start and stay in memory.
NOT_AT_START = (
    *("PIL", "holidays", "clamd", "alembic", "mako", "pydantic_settings", "prometheus_client", "sqlalchemy.orm"),
    *("izarlink_tickets.backup", "izarlink_tickets.demo", "izarlink_tickets.migrations", "izarlink_tickets.verify"),
)
_LOAD = """
import sys
from izarlink_tickets.cli.program import commands
import click
commands.get_command(click.Context(commands), "up")
from izarlink_tickets.cli.server import Server
from izarlink_tickets.config import Settings, create_keys, load_keys
settings = Settings.read({"IZARLINK_DATA_DIR": sys.argv[1]})
create_keys(settings)
Server(settings, load_keys(settings), works=True, when_ready=lambda: None).load()
print(*sorted(sys.modules), sep="\\n")
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Modules of a server that is about to start its workers."""
    root = Path(__file__).parents[2]
    folder = tmp_path_factory.mktemp("data")
    command = [sys.executable, "-c", _LOAD, str(folder)]
    return frozenset(subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("module", NOT_AT_START)
def test_a_start_does_not_load(loaded, module):
    assert not {name for name in loaded if name == module or name.startswith(f"{module}.")}


def test_a_start_loads_the_pages_for_all_workers(loaded):
    assert {"izarlink_tickets.web", "zxcvbn.matching"} <= loaded


def test_what_was_loaded_is_never_searched_for_garbage():
    try:
        with no_garbage_collection():
            loaded = ["an object that stays"]
            was_enabled = gc.isenabled()

        is_searched = any(found is loaded for found in gc.get_objects())
    finally:
        gc.unfreeze()

    assert (was_enabled, gc.isenabled(), is_searched) == (False, True, False)
