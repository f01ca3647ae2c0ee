"""« Raccourcis clavier »: what each key does at the desk, as a page and as the dialog that `?` opens."""

from flask import Blueprint, render_template

from izarlink_tickets.web.guards import staff

pages = Blueprint("keyboard", __name__)

# The keys as `desk.js` knows them.
SHORTCUTS = (
    (("j", "k"), "Ticket suivant, ticket précédent ; sur un ticket : entrée suivante, précédente"),
    (("o",), "Ouvrir le ticket choisi"),
    (("r",), "Répondre au client"),
    (("n",), "Écrire une note interne"),
    (("s",), "Proposer une solution"),
    (("a",), "Prendre le ticket en charge"),
    (("/",), "Rechercher"),
    (("?",), "Montrer ces raccourcis"),
    (("Échap",), "Quitter le champ où l’on écrit ; fermer cette fenêtre"),
    (("Ctrl+Entrée",), "Envoyer ce que l’on écrit"),
)


@pages.get("/raccourcis")
@staff
def show() -> str:
    return render_template("desk/shortcuts.html")


def shortcuts() -> dict[str, object]:
    """Give the keys to every template of the desk, for the dialog."""
    return {"shortcuts": SHORTCUTS}
