"""The pages « Aide » and « Accessibilité », open to everybody."""

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser, text_of

pytestmark = pytest.mark.sqlite_only("static texts")


def test_the_help_has_the_chapters_of_the_guide_in_its_order(anonymous: Browser, cast: Cast):
    page = anonymous.get("/aide")

    assert [text_of(heading) for heading in page.tree.iter("h2")] == [
        "1. Connexion",
        "2. Personnalisation de votre profil",
        "3. Saisie d’une demande",
        "4. Suivi des demandes",
        "5. Vie du ticket",
        "6. Résolution et clôture du ticket",
    ]
    assert "jusqu’à 5 fichiers de 2 Mo chacun" in page.words
    assert "rouvert pendant 14 jours" in page.words


def test_the_help_names_categories_file_types_and_buttons(anonymous: Browser, cast: Cast):
    words = anonymous.get("/aide").words

    assert "Pour un incident : Coupure totale, Lenteur, Perte de Paquets, Débit." in words
    assert "Pour une demande : Technique, Administrative (Facturation, Information, Modification)." in words
    assert "Types acceptés : pdf" in words
    for button in (
        "Autre / je ne sais pas",
        "Envoyer le suivi",
        "Annuler le ticket",
        "Demander l’annulation",
        "Approuver la solution",
        "Le problème persiste",
        "Rétablir les valeurs par défaut",
    ):
        assert f"« {button} »" in words


def test_the_help_says_when_a_silence_is_reminded_of_and_closed(anonymous: Browser, cast: Cast):
    words = anonymous.get("/aide").words

    assert "Un mail vous rappelle une question restée sans réponse pendant 2 jours." in words
    assert "Un mail vous rappelle une solution restée sans réponse pendant 5 jours." in words
    # Closing is off by default.
    assert "au plus tôt" not in words


def test_the_help_says_what_colleagues_may_do(anonymous: Browser, cast: Cast):
    words = anonymous.get("/aide").words

    assert "observateurs d’un ticket : ils le lisent et en reçoivent les mails, sans pouvoir y répondre" in words
    assert "« Responsable client »" in words


def test_the_statement_claims_no_audit(anonymous: Browser, cast: Cast):
    page = anonymous.get("/accessibilite")

    assert (page.status, page.heading) == (200, "Accessibilité")
    assert "il est donc à considérer comme non conforme" in page.words
