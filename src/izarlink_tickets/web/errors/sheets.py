"""The sentences about spreadsheets: what is wrong with a file, and with one of its lines."""

from collections.abc import Callable, Mapping

from izarlink_tickets.application.spreadsheets import ImportRefused, faults
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.presentation import number, size


def _too_large(refusal: faults.SheetTooLarge) -> str:
    return _(
        "Le fichier doit peser %(limit)s au plus (le vôtre : %(actual)s). Partagez-le en plusieurs.",
        limit=size(refusal.maximum),
        actual=size(refusal.size),
    )


def _too_many(refusal: faults.TooManyLines) -> str:
    return _("%(maximum)s lignes au plus. Partagez le fichier en plusieurs.", maximum=number(refusal.maximum))


def _unknown_columns(refusal: faults.UnknownColumns) -> str:
    return _(
        "Colonnes inconnues : %(names)s. La première ligne nomme les colonnes : %(known)s.",
        names=", ".join(refusal.names),
        known=", ".join(refusal.known),
    )


def _missing_columns(refusal: faults.MissingColumns) -> str:
    return _("Il manque des colonnes : %(names)s.", names=", ".join(refusal.names))


def _double_columns(refusal: faults.DoubleColumns) -> str:
    return _("Ces colonnes sont là deux fois : %(names)s.", names=", ".join(refusal.names))


def _width(refusal: faults.WrongWidth) -> str:
    return _("La ligne a %(found)s cellules, il en faut %(expected)s.", found=refusal.found, expected=refusal.expected)


def _double_line(refusal: faults.DoubleLine) -> str:
    return _("Déjà dit à la ligne %(line)s.", line=refusal.first)


SENTENCES: Mapping[type[Refusal], str | Callable[..., str]] = {
    faults.SheetRefused: _l("Ce fichier ne peut pas être lu."),
    faults.SheetEmpty: _l("Le fichier est vide."),
    faults.SheetNotText: _l("Ce n’est pas un fichier CSV. Dans votre tableur, enregistrez-le au format CSV (UTF-8)."),
    faults.SheetTooLarge: _too_large,
    faults.TooManyLines: _too_many,
    faults.UnknownColumns: _unknown_columns,
    faults.MissingColumns: _missing_columns,
    faults.DoubleColumns: _double_columns,
    faults.LineRefused: _l("Cette ligne ne peut pas être lue."),
    faults.NotDecodable: _l("Des signes ne sont pas dans l’encodage du fichier. Enregistrez-le en UTF-8."),
    faults.BadQuotes: _l("Un guillemet est ouvert sans être fermé, ou suivi de texte."),
    faults.WrongWidth: _width,
    faults.DoubleLine: _double_line,
    faults.UnknownRole: _l("Rôle inconnu : Client, Responsable client, Support, Administrateur ou Auditeur."),
    faults.UnknownState: _l("État inconnu : Actif ou Désactivé."),
    faults.StateNotImported: _l("Un fichier n’active et ne désactive rien : faites-le sur la fiche."),
    faults.ServiceOfAnother: _l("Cette connexion est à un autre client."),
    ImportRefused: _l("Rien n’est importé : des lignes sont refusées."),
}
