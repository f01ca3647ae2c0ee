"""Sentences about imported spreadsheets and their lines."""

from collections.abc import Callable, Mapping
from typing import Any

from izarlink_tickets.application.spreadsheets import ImportRefused, Verdict
from izarlink_tickets.application.spreadsheets import import_errors as imports
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import current_language, file_size, format_number, ngettext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l

MESSAGES: Mapping[type[Refusal], str | Callable[[Any], str]] = {
    imports.CsvFileRefused: _l("Ce fichier ne peut pas être lu."),
    imports.CsvFileEmpty: _l("Le fichier est vide."),
    imports.CsvFileNotText: _l(
        "Ce n’est pas un fichier CSV. Dans votre tableur, enregistrez-le au format CSV (UTF-8)."
    ),
    imports.CsvFileTooLarge: lambda refusal: _(
        "Le fichier doit peser %(limit)s au plus (le vôtre : %(actual)s). Divisez-le en plusieurs fichiers.",
        limit=file_size(refusal.maximum, locale=current_language()),
        actual=file_size(refusal.size, locale=current_language()),
    ),
    imports.TooManyLines: lambda refusal: _(
        "%(maximum)s lignes au plus. Divisez le fichier en plusieurs.",
        maximum=format_number(refusal.maximum, locale=current_language()),
    ),
    imports.UnknownColumns: lambda refusal: _(
        "Colonnes inconnues : %(names)s. La première ligne nomme les colonnes : %(known)s.",
        names=", ".join(refusal.names),
        known=", ".join(refusal.known),
    ),
    imports.MissingColumns: lambda refusal: _("Il manque des colonnes : %(names)s.", names=", ".join(refusal.names)),
    imports.DuplicateColumns: lambda refusal: _("Colonnes en double : %(names)s.", names=", ".join(refusal.names)),
    imports.LineRefused: _l("Cette ligne ne peut pas être lue."),
    imports.NotDecodable: _l("Certains caractères ne sont pas dans l’encodage du fichier. Enregistrez-le en UTF-8."),
    imports.BadQuotes: _l("Un guillemet est ouvert sans être fermé, ou suivi de texte."),
    imports.WrongWidth: lambda refusal: _(
        "La ligne a %(found)s cellules, il en faut %(expected)s.", found=refusal.found, expected=refusal.expected
    ),
    imports.DuplicateLine: lambda refusal: _("Doublon de la ligne %(line)s.", line=refusal.first),
    imports.UnknownRole: _l("Rôle inconnu : Client, Responsable client, Support, Administrateur ou Auditeur."),
    imports.UnknownState: _l("État inconnu : Actif ou Désactivé."),
    imports.StateNotImported: _l("Un import n’active et ne désactive rien : faites-le un par un."),
    imports.ServiceOfAnother: _l("Ce service est à un autre client."),
    ImportRefused: lambda refusal: ngettext(
        "Rien n’est importé : %(num)s ligne est refusée.",
        "Rien n’est importé : %(num)s lignes sont refusées.",
        refusal.report.count(Verdict.REFUSED),
    ),
}
