"""The texts that the demo's support keeps to be used again. All of it is invented."""

from uuid import UUID, uuid5

from izarlink_tickets.application.canned_responses import CannedResponseDraft

# Of their ids: a load that was cut short goes on where it stopped.
_TEXTS = UUID("b1f1b1de-93c6-4e5b-8b5a-1f6c1a54f0aa")

TEXTS = (
    CannedResponseDraft(
        "Prise en charge",
        "Bonjour {prénom},\n\nNous avons bien reçu votre demande n° {numéro} et nous nous en occupons. Nous revenons "
        "vers vous dès que nous en savons plus.\n\n{technicien}, support IzarLink",
        1,
    ),
    CannedResponseDraft(
        "Redémarrage de la box",
        "Bonjour {prénom},\n\nPouvez-vous éteindre le routeur du service {service} pendant une minute, le rallumer, "
        "puis nous dire si le voyant « Internet » redevient vert ?\n\n{technicien}, support IzarLink",
        2,
    ),
    CannedResponseDraft(
        "Rétabli, à confirmer",
        "Bonjour {prénom},\n\nLe service {service} est rétabli. Si tout fonctionne chez vous, approuvez cette "
        "solution ; sinon, refusez-la en nous disant ce qui persiste.\n\n{technicien}, support IzarLink",
        3,
    ),
)


def id_of(text: CannedResponseDraft) -> str:
    """Name a text of the demo."""
    return str(uuid5(_TEXTS, text.title))
