"""« Raccourcis clavier »: the desk's keys, as page and dialog."""

from flask import Blueprint, render_template

from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.guards import staff

pages = Blueprint("keyboard", __name__)

# `desk.js` has the same keys.
SHORTCUTS = (
    (("j", "k"), _l("Ticket suivant, ticket précédent ; sur un ticket : entrée suivante, précédente")),
    (("o",), _l("Ouvrir le ticket choisi")),
    (("r",), _l("Répondre au client")),
    (("n",), _l("Écrire une note interne")),
    (("s",), _l("Proposer une solution")),
    (("a",), _l("Prendre le ticket en charge")),
    (("x",), _l("Dans la liste : cocher le ticket, pour agir sur plusieurs à la fois")),
    (("/",), _l("Rechercher")),
    (("?",), _l("Afficher ces raccourcis")),
    ((_l("Échap"),), _l("Quitter le champ de saisie ; fermer cette fenêtre")),
    ((_l("Ctrl+Entrée"),), _l("Envoyer votre texte")),
)


@pages.get("/raccourcis")
@staff
def show() -> str:
    return render_template("desk/shortcuts.html")


def shortcuts() -> dict[str, object]:
    """Return the keys for the dialog in every template of the desk."""
    return {"shortcuts": SHORTCUTS}
