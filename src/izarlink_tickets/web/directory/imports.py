"""Import and export of the directory's spreadsheets."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, make_response, redirect
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
)
from izarlink_tickets.attachments import BlobDamaged, BlobMissing, CheckedFile
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import current_language, ngettext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web import authentication, csrf
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.directory.import_report import import_report_view
from izarlink_tickets.web.forms import CommandForm, new_command_id, run_form, uuid_of
from izarlink_tickets.web.guards import administrator, fresh_administrator
from izarlink_tickets.web.request_limits import takes_files
from izarlink_tickets.web.templating import render

pages = Blueprint("imports", __name__)

IMPORT = "importer"


@dataclass(frozen=True, slots=True)
class SpreadsheetPage:
    """The import page of a kind of spreadsheet."""

    slug: str
    kind: SpreadsheetKind
    title: str

    @property
    def path(self) -> str:
        return f"/bureau/{self.slug}"


class ImportForm(CommandForm[SpreadsheetKind, ImportResult]):
    """Check a file, or import the checked one.

    form_id: identifies the file between its check and its import.
    content: of the file. report: of its check, or of the refused import.
    """

    is_sensitive = True

    form_id = HiddenField()
    operation = HiddenField()
    file = FileField(_l("Fichier CSV"))

    content: bytes = b""
    report: ImportReport | None = None

    @property
    def is_import(self) -> bool:
        return bool(self.operation.data == IMPORT)

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - as in WTForms
        """Check the form, and read its file."""
        if not super().validate(extra_validators):
            return False
        content = _stored_file(uuid_of(self.form_id.data) or "") if self.is_import else self._uploaded_file()
        if content is None and self.is_import:
            return self.fail(_("Le fichier vérifié n’est plus disponible. Choisissez-le de nouveau."), field="file")
        if content is None:
            return self.fail(_("Choisissez un fichier CSV."), field="file")
        self.content = content
        return True

    def check(self, kind: SpreadsheetKind) -> None:
        """Check the file, and store it if it can be imported."""
        self.report = portal().spreadsheets.check(authentication.viewer().actor, kind, self.content)
        is_importable = not (self.report.is_refused or self.report.changes_nothing)
        self.form_id.data = _store_file(self.content) if is_importable else ""

    def execute(self, kind: SpreadsheetKind) -> ImportResult:
        return portal().spreadsheets.run(self.context, kind, self.content)

    def add_refusal(self, refusal: Refusal) -> None:
        """Add the refusal, with the new report of a refused import."""
        super().add_refusal(refusal)
        if isinstance(refusal, ImportRefused):
            self.report = refusal.report

    def success_message(self, result: ImportResult) -> str:
        created, changed = result.created, result.changed
        return _(
            "Le fichier est importé : %(created)s, %(changed)s.",
            created=ngettext("%(num)s ligne créée", "%(num)s lignes créées", created),
            changed=ngettext("%(num)s ligne modifiée", "%(num)s lignes modifiées", changed),
        )

    def _uploaded_file(self) -> bytes | None:
        upload = self.file.data
        return upload.read() if isinstance(upload, FileStorage) and upload.filename else None


def _submit(spreadsheet: SpreadsheetPage) -> Response:
    form = ImportForm()
    if form.is_import:
        return run_form(
            form, spreadsheet.kind, location=lambda _: spreadsheet.path, page=lambda: _page(spreadsheet, form)
        )
    if form.validate():
        with form.catch_refusals():
            form.check(spreadsheet.kind)
    return _page(spreadsheet, form)


def _export(spreadsheet: SpreadsheetPage) -> Response:
    if not csrf.is_genuine():
        # The list has a button with a new token.
        return redirect(spreadsheet.path, HTTPStatus.SEE_OTHER)
    context = own_context(authentication.viewer(), now=now())
    response = make_response(portal().spreadsheets.export(context, spreadsheet.kind, language=current_language()))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{spreadsheet.slug}.csv"'
    return response


# --- the file between its check and its import ------------------------------------------------------------------------


def _store_file(content: bytes) -> str:
    """Store the file, sealed, for this session; return its id."""
    form_id = new_command_id()
    file = CheckedFile("import.csv", "text/csv", content)
    portal().pending_uploads.keep(authentication.visitor().session, [file], form_id=form_id, now=now())
    return form_id


def _stored_file(form_id: str) -> bytes | None:
    """Read the stored file; None if missing, damaged or foreign."""
    files = portal().pending_uploads.list_for_form(authentication.visitor().session, form_id=form_id)
    try:
        upload = portal().pending_uploads.as_upload(files[0]) if files else None
    except (BlobMissing, BlobDamaged):
        return None
    return upload.content if upload else None


# --- the pages --------------------------------------------------------------------------------------------------------


def _page(spreadsheet: SpreadsheetPage, form: ImportForm) -> Response:
    report = form.report
    page = render(
        "directory/import.html",
        form=form,
        spreadsheet=spreadsheet,
        report=import_report_view(report) if report else None,
        required=[_(column.heading) for column in spreadsheet.kind.columns if column.is_required],
        optional=[_(column.heading) for column in spreadsheet.kind.columns if not column.is_required],
        max_bytes=MAX_BYTES,
        max_lines=MAX_LINES,
    )
    is_refused = report is not None and report.is_refused and form.status == HTTPStatus.OK
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else form.status)


def _register(spreadsheet: SpreadsheetPage) -> None:
    @administrator
    def show() -> Response:
        return _page(spreadsheet, ImportForm())

    @administrator
    @takes_files
    def submit() -> Response:
        return _submit(spreadsheet)

    @fresh_administrator
    def export() -> Response:
        return _export(spreadsheet)

    slug, name = spreadsheet.slug, spreadsheet.kind.name
    pages.add_url_rule(f"/{slug}/import", f"show_{name}", show, methods=["GET"])
    pages.add_url_rule(f"/{slug}/import", f"take_{name}", submit, methods=["POST"])
    pages.add_url_rule(f"/{slug}/export", f"send_{name}", export, methods=["POST"])


for _spreadsheet in (
    SpreadsheetPage("clients", ORGANISATIONS, _l("Importer des clients")),
    SpreadsheetPage("comptes", ACCOUNTS, _l("Importer des comptes")),
    SpreadsheetPage("connexions", SERVICES, _l("Importer des services")),
):
    _register(_spreadsheet)
