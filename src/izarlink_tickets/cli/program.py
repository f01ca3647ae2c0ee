"""All commands, and how they end.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 a verification failed.
Every failure is one line on stderr; only a mistake in the program is logged with its traceback.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import click
import structlog

from izarlink_tickets.cli import logs, no_garbage_collection
from izarlink_tickets.cli.failures import Breach
from izarlink_tickets.cli.output import discard_output
from izarlink_tickets.config import Settings

PROGRAM = "izarlink-tickets"
REFUSED, BREACHED = 1, 3
_STDERR = 2  # the highest of the three file descriptors
_log = structlog.get_logger()


# The module of each command, loaded with the command: a server needs the fewest, and starts in half the time.
_MODULES = {
    **dict.fromkeys(("up", "serve", "work", "migrate"), "server_commands"),
    **dict.fromkeys(("verify", "backup", "restore"), "backup"),
    **dict.fromkeys(("organisation", "service", "category"), "directory"),
    **{name: name for name in ("account", "audit", "keys", "mail", "projections", "ticket")},
    "demo": "demo_commands",
    "doctor": "doctor.command",
}


class _LoadedOnDemand(click.Group):
    """The group of all commands, which loads each when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _MODULES and cmd_name not in self.commands:
            with no_garbage_collection():
                command = getattr(import_module(f"{__package__}.{_MODULES[cmd_name]}"), cmd_name)
            _require_text(command)
            self.add_command(command)
        return super().get_command(ctx, cmd_name)


@click.group(cls=_LoadedOnDemand, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name=PROGRAM)
def commands() -> None:
    """Run the customer support portal of a business internet provider."""


class _Text(click.types.StringParamType):
    """Text in UTF-8.

    Python passes other bytes as surrogates, which would be stored as replacement characters.
    """

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text: str = super().convert(value, param, ctx)
        try:
            text.encode()
        except UnicodeEncodeError:
            self.fail("Not valid UTF-8.", param, ctx)
        return text


_TEXT = _Text()


def _require_text(command: click.Command) -> None:
    """Make a command and its subcommands refuse text in other encodings.

    File names may be any bytes.
    """
    for parameter in command.params:
        if parameter.type is click.STRING:
            parameter.type = _TEXT
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            _require_text(subcommand)


def all_commands() -> click.Group:
    """Load all commands, and return their group."""
    for name in _MODULES:
        commands.get_command(click.Context(commands), name)
    return commands


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    _open_standard_streams()
    # A name may contain characters that the terminal's encoding lacks.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    return _exit_code(lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    code = commands.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    if sys.stdout:
        sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _exit_code(command: Callable[[], int]) -> int:
    try:
        return command()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.exceptions.UsageError as error:
        _fail(_usage_sentence(error))
        return error.exit_code
    except click.ClickException as error:
        # Click opens an output file when it is first written to.
        return _fail(f"{_one_line(error)}.")
    except (click.Abort, KeyboardInterrupt):
        return _fail("Interrupted.")
    except Breach as breach:
        _fail(str(breach))
        return BREACHED
    except (BrokenPipeError, SystemExit):
        # Click turns a closed pipe into SystemExit.
        discard_output()
        return _fail("The output was closed too early.")
    except Exception as error:  # noqa: BLE001 - the outermost handler: everything ends as one line and an exit code
        _discard_unwritable_output()
        return _fail(_sentence_of(error) or _report_mistake(error))


def _discard_unwritable_output() -> None:
    """Discard what a full disk refuses.

    Otherwise Python would fail on it at exit.
    """
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        discard_output()


def _sentence_of(error: Exception) -> str | None:
    from izarlink_tickets.cli.refusals import sentence_of  # noqa: PLC0415 - it knows all commands, and few fail

    return sentence_of(error)


def _usage_sentence(error: click.exceptions.UsageError) -> str:
    """Return what is wrong with the arguments, and a pointer to help."""
    path = error.ctx.command_path if error.ctx else PROGRAM
    sentence = _one_line(error)
    # Click ends some of its sentences with a full stop, but not all.
    return f"{sentence if sentence.endswith(('.', '?')) else f'{sentence}.'} See '{path} --help'."


def _one_line(error: click.ClickException) -> str:
    return " ".join(error.format_message().split())


def _fail(sentence: str) -> int:
    click.echo(f"{PROGRAM}: {sentence}", err=True)
    return REFUSED


def _report_mistake(error: Exception) -> str:
    if not structlog.is_configured():
        logs.configure(Settings.read({}))
    _log.error("command_failed", exc_info=error)
    return "Unexpected error: this is a mistake in the program; the log has the details."


def _open_standard_streams() -> None:
    """Open stdin, stdout and stderr if closed.

    Otherwise the database's file would get one of their numbers.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(descriptor)
