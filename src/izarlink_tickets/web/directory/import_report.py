"""The report on an import, as its page shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from izarlink_tickets.application.spreadsheets import ImportReport, LineOutcome, Verdict
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import noted
from izarlink_tickets.web.errors import sentence

# Lines on the page; the command line lists all.
MAX_REFUSED, MAX_OTHERS = 1000, 200

_SEPARATORS = {";": noted("points-virgules"), ",": noted("virgules"), "\t": noted("tabulations")}
_FIELDS = {
    "name": noted("nom"),
    "phone": noted("téléphone"),
    "role": noted("rôle"),
    "organisation": noted("client"),
    "label": noted("libellé"),
    "site": noted("site"),
    "offer": noted("offre"),
}


@dataclass(frozen=True, slots=True)
class ImportLineView:
    """A line of the file. number: from 1. about: its record."""

    number: int
    about: str
    verdict: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ImportReportView:
    """The whole file. counts: by verdict. hidden: lines not listed."""

    encoding: str
    separator: str
    is_refused: bool
    changes_nothing: bool
    counts: Mapping[str, int]
    refused: list[ImportLineView]
    others: list[ImportLineView]
    hidden: int


def import_report_view(report: ImportReport) -> ImportReportView:
    """Format a report."""
    refused_lines = (line for line in report.outcomes if line.verdict is Verdict.REFUSED)
    other_lines = (line for line in report.outcomes if line.verdict is not Verdict.REFUSED)
    refused, others = _lines(islice(refused_lines, MAX_REFUSED)), _lines(islice(other_lines, MAX_OTHERS))
    return ImportReportView(
        encoding=report.encoding,
        separator=_(_SEPARATORS[report.separator]),
        is_refused=report.is_refused,
        changes_nothing=report.changes_nothing,
        counts={verdict.value: report.count(verdict) for verdict in Verdict},
        refused=refused,
        others=others,
        hidden=len(report.outcomes) - len(refused) - len(others),
    )


def _lines(outcomes: Iterable[LineOutcome]) -> list[ImportLineView]:
    return [ImportLineView(line.line, line.about, line.verdict.value, _outcome_label(line)) for line in outcomes]


def _outcome_label(outcome: LineOutcome) -> str:
    match outcome.verdict:
        case Verdict.CREATE:
            return _("Création")
        case Verdict.UNCHANGED:
            return _("Inchangé")
        case Verdict.REFUSED:
            return " ".join(sentence(reason) for reason in outcome.reasons)
    return _("Modification : %(names)s", names=", ".join(_(_FIELDS[name]) for name in outcome.changed))
