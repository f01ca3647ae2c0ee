"""« Importer » and « Exporter ».

Checked by line, imported whole, exported alike.
"""

from io import BytesIO

from tests.cast import ETXEA, Cast
from tests.web.browsing import Browser, Page

from izarlink_tickets.accounts import Preferences
from izarlink_tickets.application import Portal
from izarlink_tickets.application.categories import NewCategory
from izarlink_tickets.directory import list_organisations

CLIENTS = "/bureau/clients/import"
GOOD = "Nom\nFromagerie Ossau\nFromagerie Aspe\n"


def check(root: Browser, content: str, *, path: str = CLIENTS) -> Page:
    """Upload a file for its check."""
    fields = {"operation": "verifier", "file": (BytesIO(content.encode()), "clients.csv")}
    return root.send(path, fields, content_type="multipart/form-data")


def names(portal: Portal) -> list[str]:
    with portal.database.query() as connection:
        return [organisation.name for organisation in list_organisations(connection)]


def lines(page: Page) -> list[list[str]]:
    """List the cells of the shown lines."""
    return [["".join(cell.itertext()).strip() for cell in row] for row in page.tree.findall(".//tbody/tr")]


def test_a_file_is_shown_before_it_is_imported(portal: Portal, root: Browser):
    page = check(root, GOOD)
    assert lines(page) == [["2", "Fromagerie Ossau", "Création"], ["3", "Fromagerie Aspe", "Création"]]
    assert len(names(portal)) == 2
    hidden = page.hidden_fields()

    answers = [root.post(CLIENTS, hidden) for _ in range(2)]

    assert [answer.location for answer in answers] == ["/bureau/clients"] * 2
    listed = root.get("/bureau/clients")
    assert listed.announcements[0] == "Le fichier est importé : 2 lignes créées, 0 ligne modifiée."
    assert names(portal).count("Fromagerie Ossau") == 1


def test_a_wrong_line_is_named_and_nothing_can_be_imported(portal: Portal, root: Browser):
    content = "Mail;Nom;Rôle;Client\nx@ossau.example;;Chef;Nadie\n\nalice@etxea.example;Alice;Client;" + ETXEA

    page = check(root, content, path="/bureau/comptes/import")

    assert page.status == 422
    assert lines(page)[0][0] == "2"
    assert lines(page)[0][2].startswith("Saisissez un nom. Rôle inconnu")
    assert lines(page)[1] == ["4", "alice@etxea.example – Alice", "Modification\u00a0: nom"]
    assert "Importer ce fichier" not in page.words


def test_an_invalid_file_is_refused_at_its_field(root: Browser):
    answers = [check(root, content) for content in ("", "Nom;Telephonne\nX;1\n", "PK\x03\x04")]
    answers.append(root.send(CLIENTS, {"operation": "verifier"}))

    assert [page.status for page in answers] == [422] * 4
    assert [page.error_at("file") for page in answers] == [
        "Le fichier est vide.",
        "Colonnes inconnues : Telephonne. La première ligne nomme les colonnes : Nom, État.",
        "Ce n’est pas un fichier CSV. Dans votre tableur, enregistrez-le au format CSV (UTF-8).",
        "Choisissez un fichier CSV.",
    ]


def test_a_directory_that_changed_since_the_check_refuses_the_import(portal: Portal, cast: Cast, root: Browser):
    page = check(root, f"Référence;Client;Libellé\nA-1;{ETXEA};Fibre\n", path="/bureau/connexions/import")
    portal.directory.create_service(
        cast.context("root"), reference="A-1", organisation_name="Garage Mendi", label="Fibre"
    )

    answer = root.post("/bureau/connexions/import", page.hidden_fields())

    assert "Rien n’est importé" in answer.errors[0]
    assert lines(answer) == [["2", "A-1", "Ce service est à un autre client."]]


def test_the_file_of_another_session_is_not_there(root: Browser, cast: Cast, portal: Portal):
    page = check(root, GOOD)
    fields = page.hidden_fields() | {"form_id": "00000000-0000-4000-8000-000000000000"}

    answer = root.post(CLIENTS, fields)

    assert answer.error_at("file") == "Le fichier vérifié n’est plus disponible. Choisissez-le de nouveau."
    assert len(names(portal)) == 2


def test_an_export_imported_again_changes_nothing(root: Browser):
    exported = {kind: root.send(f"/bureau/{kind}/export").response for kind in ("clients", "comptes", "connexions")}

    pages = [
        check(root, response.get_data(as_text=True), path=f"/bureau/{kind}/import")
        for kind, response in exported.items()
    ]

    assert exported["comptes"].headers["Content-Disposition"] == 'attachment; filename="comptes.csv"'
    assert ["il n’y a rien à importer" in page.words for page in pages] == [True] * 3


def test_a_page_of_the_directory_is_said_in_english(portal: Portal, cast: Cast, root: Browser):
    portal.profiles.save_preferences(cast["root"].id, preferences=Preferences(locale="en"))
    portal.categories.create(cast.context("root"), NewCategory("INCIDENT", "Téléphonie"))

    page = root.get("/bureau/categories")

    assert page.heading == "Categories"
    assert "Total outage" in page.words
    assert "Téléphonie" in page.words
