"""Retries of a transaction that a conflict or a loss ended."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from eventsourcing.persistence import RecordConflictError
from sqlalchemy.exc import IntegrityError

from izarlink_tickets.database.failures import CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull

# Enough for a crowd on one ticket; a conflict costs a few milliseconds, and jitter lets the crowd disperse.
ATTEMPTS = 12
_PAUSE_SECONDS = 0.02

T = TypeVar("T")


def with_retries(attempt: Callable[[], T]) -> T:
    """Run the attempt again after a conflict or an unanswered COMMIT.

    Once, too, after a connection that was lost before COMMIT.
    The pauses between attempts are random and grow. attempt: one whole transaction, safe to run again.
    Raises: CommitUnknown, where a COMMIT was not answered and the database stays away: it may be stored or not;
    DatabaseBusy, where other writers were faster each time; the last failure of the attempt.
    """
    unanswered: CommitUnknown | None = None
    has_reconnected = False
    for nth in range(1, ATTEMPTS):
        try:
            return attempt()
        except CommitUnknown as error:
            unanswered = error
        except (IntegrityError, RecordConflictError):
            # The database has answered, and this attempt found nothing stored.
            unanswered = None
        except (DatabaseBusy, DatabaseUnreachable, StorageFull) as error:
            if isinstance(error, DatabaseUnreachable) and error.was_connected and not has_reconnected:
                # The pool held a connection that the server had ended; the next one is new.
                has_reconnected = True
                continue
            if unanswered:
                raise unanswered from error
            raise
        time.sleep(random.uniform(0, _PAUSE_SECONDS * nth))  # noqa: S311 - jitter, no secret
    try:
        return attempt()
    except RecordConflictError as error:
        raise DatabaseBusy("others were faster each time") from error
