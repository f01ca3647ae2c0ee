"""What an import would do, in words: what is wrong first, then as much of the rest as tells what would happen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from izarlink_tickets.application.spreadsheets import ImportReport, LineOutcome, Verdict
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import noted
from izarlink_tickets.web.errors import sentence

# Of a long file; the command line lists all lines.
REFUSED_SHOWN, OTHERS_SHOWN = 1000, 200

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
    """A line of the file. number: as an editor shows it; about: what it is about; said: what would become of it."""

    number: int
    about: str
    verdict: str
    said: str


@dataclass(frozen=True, slots=True)
class ImportReportView:
    """The whole file. counts: of lines by verdict; unshown: how many lines are in neither list."""

    encoding: str
    separator: str
    is_refused: bool
    changes_nothing: bool
    counts: Mapping[str, int]
    refused: list[ImportLineView]
    others: list[ImportLineView]
    unshown: int


def import_report_view(report: ImportReport) -> ImportReportView:
    """Put a report into words."""
    wrong = (one for one in report.outcomes if one.verdict is Verdict.REFUSED)
    right = (one for one in report.outcomes if one.verdict is not Verdict.REFUSED)
    refused, others = _lines(islice(wrong, REFUSED_SHOWN)), _lines(islice(right, OTHERS_SHOWN))
    return ImportReportView(
        encoding=report.encoding,
        separator=_(_SEPARATORS[report.separator]),
        is_refused=report.is_refused,
        changes_nothing=report.changes_nothing,
        counts={verdict.value: report.count(verdict) for verdict in Verdict},
        refused=refused,
        others=others,
        unshown=len(report.outcomes) - len(refused) - len(others),
    )


def _lines(outcomes: Iterable[LineOutcome]) -> list[ImportLineView]:
    return [ImportLineView(one.line, one.about, one.verdict.value, _said(one)) for one in outcomes]


def _said(outcome: LineOutcome) -> str:
    match outcome.verdict:
        case Verdict.CREATE:
            return _("Création")
        case Verdict.UNCHANGED:
            return _("Inchangé")
        case Verdict.REFUSED:
            return " ".join(sentence(reason) for reason in outcome.reasons)
    return _("Modification : %(names)s", names=", ".join(_(_FIELDS[name]) for name in outcome.changed))
