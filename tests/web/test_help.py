"""« Aide » and « Accessibilité »: for everybody, signed in or not."""

from tests.cast import Cast
from tests.web.browsing import Browser, text_of


def test_the_help_has_the_chapters_of_the_guide_in_its_order(anonymous: Browser, cast: Cast):
    page = anonymous.get("/aide")

    assert [text_of(one) for one in page.tree.iter("h2")] == [
        "Connexion",
        "Votre profil",
        "Créer un ticket",
        "Suivre vos tickets",
        "Répondre et compléter",
        "Approuver et clôturer",
    ]
    assert "jusqu’à 5 fichiers de 2 Mo chacun" in page.words
    assert "rouvert pendant 14 jours" in page.words


def test_the_statement_claims_no_audit(anonymous: Browser, cast: Cast):
    page = anonymous.get("/accessibilite")

    assert (page.status, page.heading) == (200, "Accessibilité")
    assert "il ne peut donc pas se déclarer conforme" in page.words
