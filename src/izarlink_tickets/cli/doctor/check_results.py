"""What an examination finds: an answer for each question, and what to do where it isn't well."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from izarlink_tickets.cli.refusals import sentence_of


class CheckStatus(StrEnum):
    """How a question was answered."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One answer. remedy: what to do, empty where all is well."""

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
    """What was asked isn't well. status: how badly."""

    def __init__(self, detail: str, remedy: str, *, status: CheckStatus = CheckStatus.WARNING) -> None:
        super().__init__(detail)
        self.detail, self.remedy, self.status = detail, remedy, status


def run_check(check: str, question: Callable[[], str | None], *, remedy: str = "") -> CheckResult:
    """Ask one question; whatever keeps it from being answered is a finding. remedy: for that case."""
    try:
        return CheckResult(check, CheckStatus.OK, question() or "as it should be")
    except CheckFailed as unwell:
        return CheckResult(check, unwell.status, unwell.detail, unwell.remedy)
    except Exception as error:  # noqa: BLE001 - the other questions must be asked all the same
        return CheckResult(check, CheckStatus.FAILED, sentence_of(error) or type(error).__name__, remedy)
