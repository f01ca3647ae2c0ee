"""Write the log to stderr: events with fields, in English, as text or as JSON lines. It adds nothing about persons."""

import logging
import sys
from collections.abc import Sequence

import structlog
from structlog.typing import Processor

from izarlink_tickets.config import Settings

# Of these libraries only what is wrong is news.
_TALKATIVE = ("alembic", "gunicorn", "sqlalchemy")


def configure_counted(settings: Settings) -> None:
    """Log as the settings say, and count the lines for the metrics of this process, if they are asked for."""
    if settings.metrics_bind:
        from izarlink_tickets.metrics.counting import count_log_line  # noqa: PLC0415 - only where somebody asks

        configure(settings, first=(count_log_line,))


def configure(settings: Settings, *, first: Sequence[Processor] = ()) -> None:
    """Log as the settings say, what the libraries have to say included. first: what each line of ours passes first."""
    # A full disk or a closed pipe behind stderr must not fail a command.
    logging.raiseExceptions = False
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # As text, because structured tracebacks carry the variables along.
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*first, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(settings)],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(settings.log_level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.root.level))
    logging.captureWarnings(capture=True)


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return structlog.dev.ConsoleRenderer(colors=is_terminal, pad_event_to=0)
