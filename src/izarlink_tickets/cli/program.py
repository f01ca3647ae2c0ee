"""Run one command and say how it ended: 0 done, 1 refused or failed, 2 wrong usage, 3 a verification found a breach.

Whatever goes wrong is one line on stderr. Only what nobody expected is logged with its traceback.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence

import click
import structlog

from izarlink_tickets.cli import account, audit, backup, directory, logs, mail, projections, server_commands, ticket
from izarlink_tickets.cli.failures import Breach
from izarlink_tickets.cli.output import forget_unread_output
from izarlink_tickets.cli.refusals import sentence_of
from izarlink_tickets.cli.words import require_text
from izarlink_tickets.config import Settings

PROGRAM = "izarlink-tickets"
REFUSED, BREACHED = 1, 3
_STDERR = 2  # the highest of the three file descriptors
_log = structlog.get_logger()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name=PROGRAM)
def commands() -> None:
    """Run the customer support portal of a business internet provider."""


for _command in (
    *server_commands.COMMANDS,
    *backup.COMMANDS,
    account.account,
    directory.organisation,
    directory.service,
    directory.category,
    ticket.ticket,
    audit.audit,
    projections.projections,
    mail.mail,
):
    commands.add_command(_command)
require_text(commands)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    _open_standard_streams()
    # A name may hold signs that the terminal's encoding lacks.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    return _ended(lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    code = commands.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    if sys.stdout:
        sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _ended(command: Callable[[], int]) -> int:
    try:
        return command()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.exceptions.UsageError as error:
        _refused(_usage(error))
        return error.exit_code
    except click.ClickException as error:
        # A file that can't be opened, which click notices only when it is written to.
        return _refused(f"{_one_line(error)}.")
    except (click.Abort, KeyboardInterrupt):
        return _refused("Interrupted.")
    except Breach as breach:
        _refused(str(breach))
        return BREACHED
    except (BrokenPipeError, SystemExit):
        # Which click makes of a closed pipe.
        forget_unread_output()
        return _refused("The output was closed before its end.")
    except Exception as error:  # noqa: BLE001 - the outermost place: everything ends as one line and an exit code
        return _refused(sentence_of(error) or _unexpected(error))


def _usage(error: click.exceptions.UsageError) -> str:
    """Say in one line what is wrong with the words of a command, and where the right ones stand."""
    path = error.ctx.command_path if error.ctx else PROGRAM
    said = _one_line(error)
    # The library ends some of its sentences with a full stop, and some not.
    return f"{said if said.endswith(('.', '?')) else f'{said}.'} See '{path} --help'."


def _one_line(error: click.ClickException) -> str:
    return " ".join(error.format_message().split())


def _refused(sentence: str) -> int:
    click.echo(f"{PROGRAM}: {sentence}", err=True)
    return REFUSED


def _unexpected(error: Exception) -> str:
    if not structlog.is_configured():
        logs.configure(Settings.read({}))
    _log.error("command_failed", exc_info=error)
    return f"Unexpected {type(error).__name__}: this is a mistake in the program."


def _open_standard_streams() -> None:
    """Open what is closed of stdin, stdout and stderr, or the database's file would be given one of their numbers."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(descriptor)
