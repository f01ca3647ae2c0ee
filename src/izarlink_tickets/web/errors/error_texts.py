"""Titles and advice of the error pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from izarlink_tickets.database import CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections import ReadModelsOutdated
from izarlink_tickets.sealing import WrongSealingKey
from izarlink_tickets.web.filters import size


@dataclass(frozen=True)
class ErrorText:
    """Title of an error page, and advice to the visitor."""

    title: str
    advice: str


STATUS_TEXTS = {
    400: ErrorText(
        _l("Demande incomplète"),
        _l(
            "Cette demande ne vient pas d’une page du portail, ou elle est incomplète. Rien n’a été enregistré. "
            "Revenez au portail et recommencez."
        ),
    ),
    403: ErrorText(
        _l("Accès réservé"),
        _l("Votre compte ne donne pas accès à cette page. Si vous en avez besoin, demandez-le au support IzarLink."),
    ),
    404: ErrorText(
        _l("Page introuvable"),
        _l("Cette page n’existe pas, ou elle n’est pas à vous. Vérifiez l’adresse, ou revenez à la liste des tickets."),
    ),
    405: ErrorText(
        _l("Opération impossible ici"), _l("Cette page ne permet pas cette opération. Rien n’a été enregistré.")
    ),
    409: ErrorText(
        _l("Cette page n’est plus à jour"),
        _l("Quelque chose a changé entre-temps. Rouvrez la page pour voir où l’on en est."),
    ),
    413: ErrorText(
        _l("Envoi trop volumineux"),
        _l(
            "Cet envoi est plus long que ce que cette page accepte. Rien n’a été enregistré. Revenez en arrière : "
            "votre texte y est encore."
        ),
    ),
    414: ErrorText(
        _l("Adresse trop longue"),
        _l("Cette adresse est plus longue que celles du portail. Revenez à l’accueil et cherchez la page de là."),
    ),
    415: ErrorText(
        _l("Format refusé"),
        _l("Le portail attend un de ses formulaires. Rien n’a été enregistré. Revenez au portail et recommencez."),
    ),
    422: ErrorText(
        _l("Valeur refusée"),
        _l("Une valeur n’est pas acceptée. Rien n’a été enregistré. Revenez en arrière pour la corriger."),
    ),
    429: ErrorText(
        _l("Trop de tentatives"),
        _l("Par sécurité, patientez quelques minutes avant de recommencer."),
    ),
    431: ErrorText(
        _l("Trop de cookies"),
        _l(
            "Votre navigateur envoie plus de cookies que le portail n’en accepte. Effacez les cookies de ce site dans "
            "ses réglages, ou ouvrez le portail dans une fenêtre de navigation privée."
        ),
    ),
    500: ErrorText(
        _l("Erreur du portail"),
        _l(
            "Une erreur est survenue de notre côté, pas du vôtre. Réessayez dans un instant. Si elle revient, donnez "
            "cette référence au support IzarLink."
        ),
    ),
    503: ErrorText(
        _l("Portail momentanément indisponible"),
        _l("Le portail ne peut pas répondre pour l’instant. Réessayez dans un instant."),
    ),
}

_UPDATING = ErrorText(
    _l("Portail en cours de mise à jour"),
    _l("Rien n’a été enregistré. Réessayez dans une minute : le portail sera à jour."),
)
DATABASE_TEXTS: Mapping[type[Exception], ErrorText] = {
    DatabaseBusy: ErrorText(
        _l("Portail très sollicité"),
        _l(
            "Votre demande n’a pas pu être enregistrée à temps. Réessayez dans un instant : "
            "rien n’est enregistré deux fois."
        ),
    ),
    DatabaseUnreachable: ErrorText(
        _l("Portail momentanément indisponible"),
        _l("La base de données ne répond pas. Rien n’a été enregistré. Réessayez dans un instant."),
    ),
    StorageFull: ErrorText(
        _l("Enregistrement impossible pour le moment"),
        _l(
            "L’espace de stockage du portail est plein. Rien n’a été enregistré. Réessayez plus tard, "
            "ou prévenez le support IzarLink."
        ),
    ),
    CommitUnknown: ErrorText(
        _l("Enregistrement à vérifier"),
        _l("Nous ne savons pas si l’enregistrement a abouti. Envoyez de nouveau : rien n’est enregistré deux fois."),
    ),
    ReadModelsOutdated: _UPDATING,
    # This process doesn't know the new sealing key; the others do.
    WrongSealingKey: _UPDATING,
}


def upload_too_large(*, request_bytes: int, max_files: int, file_bytes: int) -> ErrorText:
    """Build the text about an oversized request, with this portal's limits."""
    return ErrorText(
        _("Envoi trop volumineux"),
        _(
            "L’ensemble de vos fichiers dépasse %(total)s. Rien n’a été enregistré. Revenez en arrière : votre texte y "
            "est encore. Joignez %(count)s fichiers au plus, de %(size)s chacun.",
            total=size(request_bytes),
            count=max_files,
            size=size(file_bytes),
        ),
    )
