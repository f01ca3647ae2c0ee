"""Sentences about tickets, what is written on them, and commands sent twice."""

from collections.abc import Callable, Mapping
from typing import Any

from izarlink_tickets.domain import errors
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import state_label
from izarlink_tickets.i18n import current_language, format_date, format_number
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l

_MISSING = {
    "title": _l("Saisissez un titre."),
    "description": _l("Décrivez votre demande."),
    "comment": _l("Saisissez un commentaire."),
    "question": _l("Saisissez votre question."),
    "note": _l("Saisissez une note."),
    "reason": _l("Indiquez le motif."),
    "solution": _l("Décrivez la solution."),
    "name": _l("Saisissez un nom."),
    "label": _l("Saisissez un libellé."),
    "customer": _l("Indiquez le client."),
    "body": _l("Saisissez le texte."),
}

# The summary above a form shows the sentence by itself: it must name the text.
_SHORTEN = {
    "title": _l("Raccourcissez le titre"),
    "description": _l("Raccourcissez la description"),
    "comment": _l("Raccourcissez le commentaire"),
    "question": _l("Raccourcissez la question"),
    "note": _l("Raccourcissez la note"),
    "reason": _l("Raccourcissez le motif"),
    "solution": _l("Raccourcissez la solution"),
    "name": _l("Raccourcissez le nom"),
    "label": _l("Raccourcissez le libellé"),
    "customer": _l("Raccourcissez le nom du client"),
}


def fill_in(message: str, refusal: errors.WrongState, timezone: str) -> str:
    """Fill in the ticket's state, and the day on which it began."""
    return message % {
        "state": _("« %(name)s »", name=_(state_label(refusal.state))),
        "day": format_date(refusal.since, locale=current_language(), timezone=timezone),
    }


def _too_long(refusal: errors.TextTooLong) -> str:
    return _(
        "%(shorten)s : %(maximum)s caractères au plus (vous en avez %(length)s).",
        shorten=_SHORTEN.get(refusal.field) or _("Raccourcissez le texte"),
        maximum=format_number(refusal.maximum, locale=current_language()),
        length=format_number(refusal.length, locale=current_language()),
    )


def _already_sent(refusal: errors.CommandAlreadyUsed) -> str:
    ticket = _(" (ticket n° %(number)s)", number=refusal.number) if refusal.number else ""
    return _(
        "Ce formulaire a déjà été envoyé%(ticket)s. Envoyez-le de nouveau si c’est bien une autre demande.",
        ticket=ticket,
    )


MESSAGES: Mapping[type[Refusal], str | Callable[[Any], str]] = {
    errors.NotAllowed: _l("Vous n’avez pas le droit de faire cela."),
    errors.SolutionApprovedByItsAuthor: _l("Une solution ne peut pas être approuvée par son auteur."),
    errors.TicketNotFound: _l("Ce ticket n’existe pas, ou vous n’y avez pas accès."),
    # state
    errors.WrongState: _l("Ce n’est pas possible : le ticket est dans l’état %(state)s."),
    errors.TicketIsClosed: _l("Ce ticket est déjà clôturé, depuis le %(day)s."),
    errors.TicketIsCancelled: _l("Ce ticket a été annulé le %(day)s."),
    errors.TicketIsResolved: _l("Ce ticket est déjà résolu, depuis le %(day)s."),
    errors.TicketIsNotResolved: _l("Aucune solution n’attend d’approbation."),
    errors.ChangedMeanwhile: _l("Ces informations ont changé entre-temps. Relisez-les, puis recommencez."),
    errors.SolutionHasChanged: _l(
        "La solution a changé entre-temps. Lisez la nouvelle version, puis décidez de nouveau."
    ),
    errors.TicketHasChanged: _l(
        "Le ticket a changé entre-temps. Lisez ce qui est nouveau, puis envoyez de nouveau si cela convient."
    ),
    errors.AssignedMeanwhile: _l("Un collègue a pris ce ticket entre-temps."),
    errors.StaffHasActed: _l(
        "Le support a déjà pris ce ticket en charge. Demandez son annulation plutôt que de l’annuler."
    ),
    errors.CancellationAlreadyRequested: _l("L’annulation de ce ticket est déjà demandée."),
    errors.NoCancellationRequested: _l("Aucune demande d’annulation n’est en attente."),
    errors.ReopeningTooLate: lambda refusal: _(
        "Un ticket peut être rouvert pendant %(days)s jours après sa clôture. Créez plutôt un ticket lié à celui-ci.",
        days=refusal.window_days,
    ),
    errors.TooEarly: _l("Il est trop tôt pour cela."),
    errors.NothingChanges: _l("Rien ne change : modifiez au moins une valeur."),
    errors.AlreadyAssigned: _l("Ce ticket est déjà affecté à cette personne."),
    errors.AlreadyConcerned: _l("Cette personne est déjà demandeur ou observateur de ce ticket."),
    # values
    errors.TextRefused: _l("Ce texte n’est pas accepté."),
    errors.TextMissing: lambda refusal: str(_MISSING.get(refusal.field) or _("Saisissez un texte.")),
    errors.TextTooShort: lambda refusal: _(
        "Saisissez un titre de %(minimum)s caractères au moins.", minimum=refusal.minimum
    ),
    errors.TextTooLong: _too_long,
    errors.NothingToAdd: _l("Saisissez un commentaire ou joignez un fichier."),
    errors.UnknownChoice: _l("Choix inconnu. Choisissez une des valeurs proposées."),
    errors.CategoryNotOfType: _l("Choisissez une catégorie de ce type de demande."),
    errors.CategoryNotActive: _l("Cette catégorie n’est plus proposée. Choisissez-en une autre."),
    errors.UrgencyMissing: _l("Indiquez l’urgence."),
    errors.UrgencyNotAllowed: _l("Cette urgence n’est pas possible pour ce ticket."),
    errors.ServiceNotOfOrganisation: _l("Service inconnu. Choisissez un des services proposés."),
    errors.RelationNotPossible: lambda refusal: _(
        "Le ticket n° %(number)s n’est pas terminé : ajoutez-y plutôt un suivi, ou envoyez de nouveau pour créer un "
        "ticket sans lien.",
        number=refusal.number,
    ),
    errors.PersonNotEligible: _l("Cette personne ne peut pas être choisie ici."),
    errors.DateNotInFuture: _l("Choisissez une date à venir."),
    errors.CommandAlreadyUsed: _already_sent,
}
