"""« Raccourcis clavier »: what each key does at the desk, as a page and as the dialog that `?` opens."""

from flask import Blueprint, render_template

from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.guards import staff

pages = Blueprint("keyboard", __name__)

# The keys as `desk.js` knows them.
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
    """Give the keys to every template of the desk, for the dialog."""
    return {"shortcuts": SHORTCUTS}
