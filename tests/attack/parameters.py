"""Parameters of addresses."""

# Parameters of lists, and of pages that a form doesn't hold.
PARAMETERS = (
    *("q", "etat", "type", "categorie", "urgence", "service", "demandeur", "affecte", "organisation", "portee", "vue"),
    *("tri", "sort", "ordre", "page", "apres", "avant", "du", "au", "entree", "tout", "next", "lie", "pour", "version"),
    *("depuis", "position", "seen", "langue", "etat_compte", "role", "acteur", "moment", "actif", "x"),
)
