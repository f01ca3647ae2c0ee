"""The bakery's line at the shop: till, card terminal, tablet. Texts as people type them."""

from izarlink_tickets.demo.script import (
    HIGH,
    MEDIUM,
    PORTAL,
    Step,
    Story,
    approves,
    asks,
    asks_to_cancel,
    at,
    confirms_cancellation,
    reminds,
    solves,
    takes,
    writes,
)
from izarlink_tickets.domain.vocabulary import Channel

_SHOP = "SDSL-00112"

STORIES = (
    Story(
        "card-terminal",
        at(41, "7:52"),
        "alice",
        "COUPURE_TOTALE",
        _SHOP,
        "Terminal de carte bancaire hors service à la boutique",
        "Bonjour,\n\nDepuis l'ouverture (7 h), le terminal de carte bancaire affiche « Pas de liaison ». La caisse et "
        "la tablette n'ont plus Internet non plus. Nous ne prenons que les espèces et les chèques, et le matin fait la "
        "moitié de nos ventes.\n\nMerci de faire au plus vite.\nAlice Harispe",
        HIGH,
        steps=(
            Step(at(41, "8:01"), "sam", takes),
            Step(
                at(41, "8:09"),
                "sam",
                asks(
                    "Bonjour Mme Harispe,\n\nLe modem de la boutique ne répond plus depuis 6 h 41. Pouvez-vous nous "
                    "dire de quelle couleur sont les voyants « DSL » et « PWR », et s'il a été débranché cette nuit ?"
                ),
            ),
            Step(
                at(41, "8:17"),
                "alice",
                writes("PWR est vert, DSL clignote en rouge. Personne n'y a touché, le ménage est fait le soir."),
            ),
            Step(
                at(41, "9:26"),
                "sam",
                solves(
                    "Une carte du répartiteur d'Anglet est tombée en panne à 6 h 41. Votre ligne a été basculée sur "
                    "une carte de secours à 9 h 20, le modem s'est resynchronisé à 8,1 Mbit/s. Le terminal devrait se "
                    "reconnecter seul ; sinon, éteignez-le et rallumez-le."
                ),
            ),
            Step(at(41, "9:48"), "alice", approves("C'est reparti, les cartes passent. Merci pour la rapidité !")),
        ),
    ),
    Story(
        "slow-till",
        at(30, "9:10"),
        "bob",
        "LENTEUR",
        _SHOP,
        "La caisse met dix secondes à valider un ticket entre 7 h et 9 h",
        "À l'heure de pointe, chaque vente prend dix secondes à s'enregistrer et la file sort du magasin. À partir de "
        "9 h 30 tout redevient normal. Le fournisseur de la caisse dit que c'est la connexion.",
        MEDIUM,
        steps=(
            Step(at(30, "9:45"), "sam", takes),
            Step(
                at(30, "10:30"),
                "sam",
                asks(
                    "Entre 7 h et 9 h, votre débit montant est saturé par un flux régulier vers un service de "
                    "vidéosurveillance. Une caméra a-t-elle été installée récemment ?"
                ),
            ),
            Step(
                at(29, "8:20"),
                "bob",
                writes(
                    "Oui, deux caméras posées il y a un mois. Je ne savais pas qu'elles envoyaient tout sur Internet."
                ),
            ),
            Step(
                at(29, "11:15"),
                "sam",
                solves(
                    "Nous avons donné la priorité à la caisse et au terminal bancaire, et limité les caméras à 1 "
                    "Mbit/s. Temps de réponse de la caisse ce midi : 0,3 seconde."
                ),
            ),
            Step(at(27, "12:05"), "bob", approves("Deux matinées sans attente. Merci Sam.")),
        ),
    ),
    Story(
        "breaker",
        at(18, "6:50"),
        "bob",
        "COUPURE_TOTALE",
        _SHOP,
        "Boutique injoignable et sans Internet",
        "La vendeuse m'appelle de son portable : ni téléphone ni caisse à la boutique depuis 6 h 30.",
        HIGH,
        steps=(
            Step(at(18, "6:58"), "sam", takes),
            Step(
                at(18, "7:06"),
                "sam",
                writes(
                    "Le modem n'est plus alimenté. Pouvez-vous faire vérifier le disjoncteur de l'arrière-boutique ?"
                ),
            ),
            Step(
                at(18, "7:21"),
                "bob",
                asks_to_cancel("C'était bien le disjoncteur : le nouveau four l'a fait sauter. Tout est revenu."),
            ),
            Step(at(18, "7:25"), "sam", confirms_cancellation),
        ),
    ),
    Story(
        "slow-web-shop",
        at(9, "18:25"),
        "alice",
        "LENTEUR",
        _SHOP,
        "Le site de commandes en ligne est très lent depuis la boutique",
        "Depuis la boutique, la page des commandes en ligne met une vingtaine de secondes à s'afficher. Chez moi, elle "
        "est immédiate. Les autres sites vont bien.",
        MEDIUM,
        steps=(
            Step(at(8, "8:30"), "sam", takes),
            Step(
                at(8, "9:05"),
                "sam",
                asks(
                    "Bonjour Mme Harispe,\n\nDepuis votre modem, nous joignons ce site en 40 ms. Pouvez-vous nous "
                    "indiquer :\n- si le problème existe aussi en navigation privée ;\n- ce qu'affiche la commande « "
                    "nslookup commandes.etxea.example » sur l'ordinateur de la boutique ?"
                ),
            ),
            Step(at(6, "9:10"), PORTAL, reminds, Channel.SYSTEM),
        ),
    ),
    Story(
        "slow-tablet",
        at(2, "16:05"),
        "sam",
        "LENTEUR",
        _SHOP,
        "Tablette de prise de commande lente en boutique",
        "Appel de M. Etcheverry : la tablette du comptoir met plusieurs secondes à envoyer chaque commande au fournil "
        "depuis son remplacement. Ses identifiants du portail viennent de lui être envoyés.",
        MEDIUM,
        wanted_for="denis",
        channel=Channel.PHONE,
        steps=(
            Step(at(2, "16:15"), "sam", takes),
            Step(
                at(1, "10:30"),
                "sam",
                writes(
                    "La tablette est reliée à une borne Wi-Fi éloignée. Essayez de la rattacher au réseau « "
                    "etxea-caisse » : la borne est juste au-dessus du comptoir."
                ),
            ),
        ),
    ),
)
