"""Spreadsheets in and out: a file is shown line by line before anything happens, and then imported whole (D7)."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import FileField, HiddenField

from izarlink_tickets.application.account_events import own_context
from izarlink_tickets.application.spreadsheets import (
    ACCOUNTS,
    MAX_BYTES,
    MAX_LINES,
    ORGANISATIONS,
    SERVICES,
    ImportRefused,
    ImportReport,
    ImportResult,
    SpreadsheetKind,
    Verdict,
)
from izarlink_tickets.attachments import BlobDamaged, BlobMissing, CheckedFile
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.i18n import ngettext, spoken
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.directory.import_report import import_report_view
from izarlink_tickets.web.forms import Form, new_command_id, uuid_of
from izarlink_tickets.web.guards import administrator

pages = Blueprint("imports", __name__)

IMPORT = "importer"


@dataclass(frozen=True, slots=True)
class Offered:
    """A kind of spreadsheet as its page shows it. slug: of its list; title: of the page."""

    slug: str
    kind: SpreadsheetKind
    title: str

    @property
    def path(self) -> str:
        return f"/bureau/{self.slug}"


class ImportForm(Form):
    """form_id: names the file that is kept between its check and its import."""

    form_id = HiddenField()
    operation = HiddenField()
    file = FileField(_l("Fichier CSV"))

    def content(self) -> bytes | None:
        """Give the file that came with the form."""
        chosen = self.file.data
        return chosen.read() if isinstance(chosen, FileStorage) and chosen.filename else None


def _take(offered: Offered) -> Response:
    form = ImportForm()
    if form.validate():
        with form.refusals_shown():
            return _run(offered, form) if form.operation.data == IMPORT else _check(offered, form)
    return _page(offered, form)


def _send(offered: Offered) -> Response:
    context = own_context(authentication.viewer(), now=now())
    response = make_response(portal().spreadsheets.export(context, offered.kind, language=spoken()))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{offered.slug}.csv"'
    return response


def _check(offered: Offered, form: ImportForm) -> Response:
    content = form.content()
    if content is None:
        form.fail(_("Choisissez un fichier CSV."), field="file")
        return _page(offered, form)
    report = portal().spreadsheets.check(authentication.viewer().person, offered.kind, content)
    form.form_id.data = "" if report.is_refused or report.changes_nothing else _keep(content)
    return _page(offered, form, report)


def _run(offered: Offered, form: ImportForm) -> Response:
    content = _kept(uuid_of(form.form_id.data) or "")
    if content is None:
        form.fail(_("Le fichier vérifié n’est plus disponible. Choisissez-le de nouveau."), field="file")
        return _page(offered, form)
    try:
        done = portal().spreadsheets.run(
            authentication.command_context(form.command_id.data or ""), offered.kind, content
        )
    except ImportRefused as refusal:
        # Somebody has changed the directory since the file was checked.
        form.show(refusal)
        return _page(offered, form, refusal.report)
    flash(_done(done))
    return redirect(offered.path, HTTPStatus.SEE_OTHER)


def _done(done: ImportResult) -> str:
    created, changed = done.counts[Verdict.CREATE], done.counts[Verdict.CHANGE]
    parts = (
        ngettext("%(num)s ligne créée", "%(num)s lignes créées", created),
        ngettext("%(num)s ligne modifiée", "%(num)s lignes modifiées", changed),
    )
    return _("Le fichier est importé : %(created)s, %(changed)s.", created=parts[0], changed=parts[1])


# --- the file between its check and its import ------------------------------------------------------------------------


def _keep(content: bytes) -> str:
    """Keep the file for this session, sealed, and give what names it."""
    form_id = new_command_id()
    file = CheckedFile("import.csv", "text/csv", content)
    portal().pending_uploads.keep(authentication.visitor().session, [file], form_id=form_id, now=now())
    return form_id


def _kept(form_id: str) -> bytes | None:
    kept = portal().pending_uploads.of_form(authentication.visitor().session, form_id=form_id)
    try:
        upload = portal().pending_uploads.reopened(kept[0]) if kept else None
    except (BlobMissing, BlobDamaged):
        # As where the session is another's: it has to be chosen again, and the page says so.
        return None
    return upload.content if upload else None


# --- showing ----------------------------------------------------------------------------------------------------------


def _page(offered: Offered, form: ImportForm, report: ImportReport | None = None) -> Response:
    page = render_template(
        "directory/import.html",
        form=form,
        offered=offered,
        shown=import_report_view(report) if report else None,
        wanted=[_(column.heading) for column in offered.kind.columns if column.is_wanted],
        optional=[_(column.heading) for column in offered.kind.columns if not column.is_wanted],
        max_bytes=MAX_BYTES,
        max_lines=MAX_LINES,
    )
    is_refused = report is not None and report.is_refused and form.status == HTTPStatus.OK
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else form.status)


# --- the three spreadsheets -------------------------------------------------------------------------------------------


def _register(offered: Offered) -> None:
    @administrator
    def show() -> Response:
        return _page(offered, ImportForm())

    @administrator
    def take() -> Response:
        return _take(offered)

    @administrator
    def send() -> Response:
        return _send(offered)

    pages.add_url_rule(f"/{offered.slug}/import", f"show_{offered.kind.name}", show, methods=["GET"])
    pages.add_url_rule(f"/{offered.slug}/import", f"take_{offered.kind.name}", take, methods=["POST"])
    pages.add_url_rule(f"/{offered.slug}/export", f"send_{offered.kind.name}", send, methods=["GET"])


for _offered in (
    Offered("clients", ORGANISATIONS, _l("Importer des clients")),
    Offered("comptes", ACCOUNTS, _l("Importer des comptes")),
    Offered("connexions", SERVICES, _l("Importer des services")),
):
    _register(_offered)
