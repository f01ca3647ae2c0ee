"""Results of checks, each with its remedy."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import structlog

from izarlink_tickets.cli.refusals import sentence_of

_log = structlog.get_logger()


class CheckStatus(StrEnum):
    """Severity of a check's result."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check.

    remedy: what to do; empty if all is well.
    """

    check: str
    status: CheckStatus
    detail: str
    remedy: str = ""

    def as_row(self) -> dict[str, object]:
        return {"check": self.check, "status": self.status.value, "detail": self.detail, "remedy": self.remedy}

    def as_line(self) -> str:
        remedy = f" - {self.remedy}" if self.remedy else ""
        return f"{self.status.value:<8}{self.check}: {self.detail}{remedy}"


class CheckFailed(Exception):
    """A check found a problem. status: how serious it is."""

    def __init__(self, detail: str, remedy: str, *, status: CheckStatus = CheckStatus.WARNING) -> None:
        super().__init__(detail)
        self.detail, self.remedy, self.status = detail, remedy, status


def run_check(check: str, check_function: Callable[[], str | None], *, remedy: str = "") -> CheckResult:
    """Run one check; any error is a failed check, too.

    remedy: what to do about an error.
    """
    try:
        return CheckResult(check, CheckStatus.OK, check_function() or "as it should be")
    except CheckFailed as problem:
        return CheckResult(check, problem.status, problem.detail, problem.remedy)
    except Exception as error:  # noqa: BLE001 - the other checks must still run
        detail = sentence_of(error)
        if detail is None:
            _log.error("check_failed", check=check, exc_info=error)
            detail = "An unexpected error stopped this check; the log has the details."
        return CheckResult(check, CheckStatus.FAILED, detail, remedy)
