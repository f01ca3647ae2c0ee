"""The report on an import, as its page shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from izarlink_tickets.application.spreadsheets import ImportReport, LineOutcome, Verdict
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import gettext_noop
from izarlink_tickets.web.errors import message_for

# Lines on the page; the command line lists all.
MAX_REFUSED, MAX_OTHERS = 1000, 200

_SEPARATORS = {";": gettext_noop("points-virgules"), ",": gettext_noop("virgules"), "\t": gettext_noop("tabulations")}
_FIELDS = {
    "name": gettext_noop("nom"),
    "phone": gettext_noop("téléphone"),
    "role": gettext_noop("rôle"),
    "organisation": gettext_noop("client"),
    "label": gettext_noop("libellé"),
    "site": gettext_noop("site"),
    "offer": gettext_noop("offre"),
}


@dataclass(frozen=True, slots=True)
class ImportLineView:
    """A line of the file. number: from 1. about, name: its record."""

    number: int
    about: str
    name: str
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
    return [
        ImportLineView(line.line, line.about, line.name, line.verdict.value, _outcome_label(line)) for line in outcomes
    ]


def _outcome_label(outcome: LineOutcome) -> str:
    match outcome.verdict:
        case Verdict.CREATE:
            return _("Création")
        case Verdict.UNCHANGED:
            return _("Inchangé")
        case Verdict.REFUSED:
            return " ".join(message_for(reason) for reason in outcome.reasons)
    return _("Modification : %(names)s", names=", ".join(_(_FIELDS[name]) for name in outcome.changed))
