"""Sentences about the directory, saved views and canned responses."""

from collections.abc import Callable, Mapping
from typing import Any

from izarlink_tickets import directory
from izarlink_tickets.application.canned_responses import CannedResponseHasChanged, CannedResponseNotFound
from izarlink_tickets.application.saved_views import (
    MAX_VIEWS,
    SavedViewNameTaken,
    SavedViewNotFound,
    TooManySavedViews,
)
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.canned_response import Placeholder, UnknownPlaceholder
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import current_language, ngettext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l


def _unknown_placeholder(refusal: UnknownPlaceholder) -> str:
    names = ", ".join(_("« %(name)s »", name=f"{{{name}}}") for name in refusal.names)
    return ngettext(
        "%(names)s ne sera remplacé par rien. Champs possibles : %(known)s.",
        "%(names)s ne seront remplacés par rien. Champs possibles : %(known)s.",
        len(refusal.names),
        names=names,
        known=", ".join(f"{{{placeholder.in_language(current_language())}}}" for placeholder in Placeholder),
    )


MESSAGES: Mapping[type[Refusal], str | Callable[[Any], str]] = {
    errors.RecordHasChanged: _l(
        "Cette fiche a changé entre-temps. Lisez ce qui est nouveau, puis enregistrez de nouveau si cela convient."
    ),
    directory.NameTaken: _l("Un autre client porte déjà ce nom."),
    directory.UnknownOrganisation: _l(
        "Aucun client ne porte ce nom. Créez-le d’abord, ou indiquez un client existant."
    ),
    directory.OrganisationInactive: _l("Ce client est désactivé : réactivez-le d’abord."),
    directory.UnknownService: _l("Ce service n’existe pas."),
    directory.ReferenceTaken: _l("Un autre service porte déjà cette référence."),
    directory.InvalidReference: _l("Saisissez une référence, par exemple FTTO-00417."),
    directory.CategoryTaken: _l("Une autre catégorie de ce type porte déjà ce nom."),
    directory.UnknownCategory: _l("Cette catégorie n’existe pas."),
    directory.LastCategory: _l("C’est la dernière catégorie de ce type : ajoutez-en une autre avant."),
    SavedViewNotFound: _l("Cette vue n’existe pas."),
    SavedViewNameTaken: _l("Une autre de vos vues porte déjà ce nom."),
    TooManySavedViews: lambda _refusal: _("Vous avez déjà %(most)s vues. Supprimez-en une d’abord.", most=MAX_VIEWS),
    UnknownPlaceholder: _unknown_placeholder,
    CannedResponseNotFound: _l("Ce texte type n’existe pas."),
    CannedResponseHasChanged: _l(
        "Ce texte a été modifié entre-temps par un collègue. Comparez avec la version actuelle, puis enregistrez."
    ),
}
