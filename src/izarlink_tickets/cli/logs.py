"""The log on stderr: English events with fields, text or JSON.

It adds no personal data.
"""

import logging
import sys
from collections.abc import Sequence

import structlog
from structlog.typing import Processor

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
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(settings)],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(settings.log_level.upper())
    for name in _VERBOSE_LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.root.level))
    logging.captureWarnings(capture=True)


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return structlog.dev.ConsoleRenderer(colors=is_terminal, pad_event_to=0)
