"""The sentences about spreadsheets: what is wrong with a file, and with one of its lines."""

from collections.abc import Callable, Mapping

from izarlink_tickets.application.spreadsheets import ImportRefused, import_errors
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.template_globals import number, size


def _too_large(refusal: import_errors.CsvFileTooLarge) -> str:
    return _(
        "Le fichier doit peser %(limit)s au plus (le vôtre : %(actual)s). Partagez-le en plusieurs.",
        limit=size(refusal.maximum),
        actual=size(refusal.size),
    )


def _too_many(refusal: import_errors.TooManyLines) -> str:
    return _("%(maximum)s lignes au plus. Partagez le fichier en plusieurs.", maximum=number(refusal.maximum))


def _unknown_columns(refusal: import_errors.UnknownColumns) -> str:
    return _(
        "Colonnes inconnues : %(names)s. La première ligne nomme les colonnes : %(known)s.",
        names=", ".join(refusal.names),
        known=", ".join(refusal.known),
    )


def _missing_columns(refusal: import_errors.MissingColumns) -> str:
    return _("Il manque des colonnes : %(names)s.", names=", ".join(refusal.names))


def _double_columns(refusal: import_errors.DuplicateColumns) -> str:
    return _("Ces colonnes sont là deux fois : %(names)s.", names=", ".join(refusal.names))


def _width(refusal: import_errors.WrongWidth) -> str:
    return _("La ligne a %(found)s cellules, il en faut %(expected)s.", found=refusal.found, expected=refusal.expected)


def _double_line(refusal: import_errors.DuplicateLine) -> str:
    return _("Déjà dit à la ligne %(line)s.", line=refusal.first)


SENTENCES: Mapping[type[Refusal], str | Callable[..., str]] = {
    import_errors.CsvFileRefused: _l("Ce fichier ne peut pas être lu."),
    import_errors.CsvFileEmpty: _l("Le fichier est vide."),
    import_errors.CsvFileNotText: _l(
        "Ce n’est pas un fichier CSV. Dans votre tableur, enregistrez-le au format CSV (UTF-8)."
    ),
    import_errors.CsvFileTooLarge: _too_large,
    import_errors.TooManyLines: _too_many,
    import_errors.UnknownColumns: _unknown_columns,
    import_errors.MissingColumns: _missing_columns,
    import_errors.DuplicateColumns: _double_columns,
    import_errors.LineRefused: _l("Cette ligne ne peut pas être lue."),
    import_errors.NotDecodable: _l("Des signes ne sont pas dans l’encodage du fichier. Enregistrez-le en UTF-8."),
    import_errors.BadQuotes: _l("Un guillemet est ouvert sans être fermé, ou suivi de texte."),
    import_errors.WrongWidth: _width,
    import_errors.DuplicateLine: _double_line,
    import_errors.UnknownRole: _l("Rôle inconnu : Client, Responsable client, Support, Administrateur ou Auditeur."),
    import_errors.UnknownState: _l("État inconnu : Actif ou Désactivé."),
    import_errors.StateNotImported: _l("Un fichier n’active et ne désactive rien : faites-le sur la fiche."),
    import_errors.ServiceOfAnother: _l("Cette connexion est à un autre client."),
    ImportRefused: _l("Rien n’est importé : des lignes sont refusées."),
}
