"""The log on stderr: English events with fields, text or JSON.

It adds no personal data.
"""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path

import structlog
from structlog.typing import Processor

from izarlink_tickets import security_log
from izarlink_tickets.config import Settings

# These libraries log too much below a warning.
_VERBOSE_LIBRARIES = ("alembic", "gunicorn", "sqlalchemy")


def configure_with_metrics(settings: Settings) -> None:
    """Configure the log; with metrics enabled, also count its lines."""
    if settings.metrics_bind:
        from izarlink_tickets.metrics.counting import count_log_line  # noqa: PLC0415 - only if metrics are enabled

        configure(settings, first=(count_log_line,))


def configure(settings: Settings, *, first: Sequence[Processor] = ()) -> None:
    """Configure our log and that of the libraries.

    first: processors for our own lines, before all others.
    """
    # A full disk or a closed pipe behind stderr must not fail a command.
    logging.raiseExceptions = False
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # As text: structured tracebacks would include the variables.
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*first, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(_renderer(settings), shared))
    logging.root.handlers = [handler]
    logging.root.setLevel(settings.log_level.upper())
    for name in _VERBOSE_LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.root.level))
    logging.captureWarnings(capture=True)
    _configure_security_log(settings.security_log)


def _configure_security_log(path: Path | None) -> None:
    """Write the security log as JSON, at any LOG_LEVEL and LOG_FORMAT."""
    handler = _SecurityLogFile(path) if path else logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(structlog.processors.JSONRenderer(), ()))
    logger = logging.getLogger(security_log.EVENT)
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG)
    logger.propagate = False


class _SecurityLogFile(WatchedFileHandler):
    """A file that only its owner reads, opened with its first line.

    It is opened anew once another program has moved it away. A line that can't be written goes to stderr.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", delay=True)

    def _open(self) -> TextIOWrapper:
        return TextIOWrapper(
            open(self.baseFilename, "ab", opener=partial(os.open, mode=0o600)),
            encoding="utf-8",
        )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:
            # The library lets a failure to open the file through.
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Write the line to stderr."""
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{self.format(record)}\n")


def _formatter(renderer: Processor, foreign: Sequence[Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=foreign,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return structlog.dev.ConsoleRenderer(colors=is_terminal, pad_event_to=0)
