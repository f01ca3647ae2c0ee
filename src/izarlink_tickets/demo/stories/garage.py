"""The garage's tickets, in whatever state. Texts as people type them."""

from izarlink_tickets.demo.files import report
from izarlink_tickets.demo.script import (
    HIGH,
    MEDIUM,
    PORTAL,
    Step,
    Story,
    approves,
    asks,
    at,
    cancels,
    goes_on,
    hands_to,
    notes,
    reminds,
    reopens,
    solves,
    takes,
    waits,
    writes,
)
from izarlink_tickets.domain.vocabulary import Channel

_GARAGE = "FTTH-00981"

_SPEED_TEST = report(
    "test-debit-garage.pdf",
    (
        "Garage Mendi - mesure de débit, poste relié par câble",
        "",
        "8 h 15     réception 781 Mbit/s     émission 402 Mbit/s",
        "14 h 10    réception 37 Mbit/s      émission 398 Mbit/s",
        "16 h 40    réception 41 Mbit/s      émission 401 Mbit/s",
        "18 h 20    réception 760 Mbit/s     émission 399 Mbit/s",
    ),
)


STORIES = (
    Story(
        "fixed-address",
        at(40, "9:20"),
        "charlie",
        "INFORMATION",
        _GARAGE,
        "L'adresse IP fixe est-elle comprise dans notre offre ?",
        "Bonjour, le constructeur demande une adresse IP fixe pour la prise en main à distance de la valise de "
        "diagnostic. Est-elle comprise dans notre abonnement ?",
        steps=(
            Step(at(40, "10:02"), "nora", takes),
            Step(
                at(40, "10:15"),
                "nora",
                solves("Oui, une adresse IPv4 fixe est comprise : c'est celle que votre routeur a déjà, 192.0.2.81."),
            ),
            Step(at(39, "8:05"), "charlie", approves()),
        ),
    ),
    Story(
        "afternoon-speed",
        at(35, "18:30"),
        "charlie",
        "DEBIT",
        _GARAGE,
        "40 Mbit/s l'après-midi au lieu de 800",
        "Le matin tout va bien, mais de 14 h à 17 h le débit tombe à 40 Mbit/s et les mises à jour des véhicules "
        "échouent. J'ai noté mes mesures dans le fichier joint.",
        MEDIUM,
        (_SPEED_TEST,),
        steps=(
            Step(at(34, "8:20"), "sam", takes),
            Step(
                at(34, "9:40"),
                "sam",
                asks(
                    "Vos mesures sont très parlantes, merci. Le routeur est-il au soleil l'après-midi, ou près d'un "
                    "four ?"
                ),
            ),
            Step(
                at(34, "12:10"),
                "charlie",
                writes("Il est au-dessus de la cabine de peinture. Je n'y avais pas pensé : il est brûlant à 15 h."),
            ),
            Step(
                at(32, "15:30"),
                "sam",
                solves(
                    "Le routeur réduisait son débit pour ne pas surchauffer (81 °C à 15 h). Depuis que vous l'avez "
                    "déplacé dans le bureau : 42 °C, et 780 Mbit/s toute la journée."
                ),
            ),
            Step(at(31, "17:55"), "charlie", approves("Confirmé, merci. Il fallait y penser !")),
        ),
    ),
    Story(
        "open-port",
        at(29, "8:10"),
        "charlie",
        "TECHNIQUE",
        _GARAGE,
        "Ouvrir le port 8443 vers la valise de diagnostic",
        "Merci d'ouvrir le port 8443 (TCP) de notre adresse publique vers 192.168.1.60, uniquement depuis les adresses "
        "du constructeur : 198.51.100.0/28.",
        steps=(
            Step(at(29, "8:55"), "nora", takes),
            Step(
                at(29, "9:20"),
                "nora",
                solves("C'est fait, filtré sur 198.51.100.0/28. Testé avec leur support à 9 h 15."),
            ),
            Step(at(29, "11:30"), "charlie", approves("La prise en main fonctionne.")),
        ),
    ),
    Story(
        "storm",
        at(26, "7:15"),
        "charlie",
        "COUPURE_TOTALE",
        _GARAGE,
        "Plus d'Internet depuis l'orage de la nuit",
        "Plus aucune connexion ce matin. Le voyant « PON » du boîtier est rouge. L'atelier ne peut plus commander de "
        "pièces.",
        HIGH,
        steps=(
            Step(at(26, "7:20"), "sam", takes),
            Step(
                at(26, "7:45"),
                "sam",
                waits(
                    "La fibre est coupée entre Cambo et Hasparren (arbre tombé). L'opérateur du réseau répare.",
                    days_from_now=-25,
                ),
            ),
            Step(at(26, "19:30"), "sam", goes_on),
            Step(
                at(26, "19:35"),
                "sam",
                solves("La fibre a été réparée à 19 h 20. Votre boîtier est de nouveau synchronisé, signal à -19 dBm."),
            ),
            Step(at(25, "8:00"), "charlie", approves("Tout est revenu.")),
            Step(
                at(23, "14:10"),
                "charlie",
                reopens(
                    "La connexion est retombée deux fois cet après-midi, dix minutes chaque fois. Voyant rouge encore."
                ),
            ),
            Step(
                at(22, "11:30"),
                "sam",
                solves(
                    "La réparation provisoire bougeait avec le vent. L'opérateur a refait la soudure dans un nouveau "
                    "boîtier ce matin : signal à -17 dBm, aucune microcoupure depuis."
                ),
            ),
            Step(at(18, "17:20"), "charlie", approves("Quatre jours sans coupure, je valide.", version=2)),
        ),
    ),
    Story(
        "billing-address",
        at(21, "13:40"),
        "charlie",
        "MODIFICATION",
        None,
        "Changer l'adresse de facturation",
        "Merci d'envoyer désormais les factures à notre comptable.",
        steps=(Step(at(21, "13:55"), "charlie", cancels("Doublon : ma collègue l'a déjà demandé par courrier.")),),
    ),
    Story(
        "slow-registration",
        at(17, "15:05"),
        "charlie",
        "LENTEUR",
        _GARAGE,
        "Logiciel de cartes grises très lent l'après-midi",
        "Chaque dossier met plus d'une minute à s'ouvrir après 14 h. Les autres sites sont rapides.",
        MEDIUM,
        steps=(
            Step(at(17, "15:30"), "nora", takes),
            Step(
                at(14, "9:00"),
                "nora",
                solves(
                    "Le serveur de l'éditeur est saturé l'après-midi : même lenteur mesurée depuis trois autres "
                    "fournisseurs. L'éditeur annonce une deuxième machine et a ouvert le dossier CG-2291, à rappeler "
                    "si cela continue."
                ),
            ),
            Step(at(9, "9:05"), PORTAL, reminds, Channel.SYSTEM),
        ),
    ),
    Story(
        "lost-packets",
        at(12, "10:35"),
        "charlie",
        "PERTE_DE_PAQUETS",
        _GARAGE,
        "Mises à jour des véhicules interrompues",
        "Trois mises à jour sur cinq se sont interrompues ce matin avec « packet loss detected ». Un calculateur a "
        "failli rester bloqué, c'est risqué pour nous.",
        HIGH,
        steps=(
            Step(at(12, "10:50"), "sam", takes),
            Step(
                at(12, "11:40"),
                "sam",
                asks(
                    "Nous ne voyons pas de perte jusqu'à votre boîtier. La valise est-elle reliée par câble ou en "
                    "Wi-Fi ? Si c'est en Wi-Fi, pouvez-vous refaire un essai par câble ?"
                ),
            ),
            Step(at(10, "11:45"), PORTAL, reminds, Channel.SYSTEM),
        ),
    ),
    Story(
        "faster-offer",
        at(8, "16:20"),
        "charlie",
        "MODIFICATION",
        _GARAGE,
        "Passer à une offre avec débit garanti",
        "Nous ouvrons un deuxième pont de diagnostic le mois prochain. Pouvez-vous nous proposer une fibre avec débit "
        "garanti et rétablissement en 4 heures ?",
        steps=(
            Step(at(7, "9:15"), "sam", hands_to("nora")),
            Step(
                at(6, "11:10"),
                "nora",
                writes(
                    "Votre rue est éligible à la fibre dédiée. Le service commercial prépare deux propositions (100 et "
                    "500 Mbit/s garantis), que vous recevrez ici."
                ),
            ),
        ),
    ),
    Story(
        "wifi-workshop",
        at(5, "9:25"),
        "charlie",
        "DEBIT",
        _GARAGE,
        "Débit très faible au fond de l'atelier",
        "Au pont n° 3, le débit ne dépasse pas 3 Mbit/s alors qu'il est bon au bureau.",
        MEDIUM,
        steps=(
            Step(at(5, "10:00"), "nora", takes),
            Step(at(5, "10:20"), "nora", notes("C'est du Wi-Fi et pas notre ligne. On aide quand même, bon client.")),
            Step(
                at(4, "15:10"),
                "nora",
                solves(
                    "Votre ligne donne bien 780 Mbit/s : c'est le Wi-Fi qui ne traverse pas le mur de l'atelier. Une "
                    "borne supplémentaire reliée par câble au pont n° 3 suffira ; nous pouvons la fournir et "
                    "l'installer."
                ),
            ),
        ),
    ),
    Story(
        "no-connection",
        at(1, "18:10"),
        "charlie",
        "COUPURE_TOTALE",
        None,
        "Plus de connexion sur le poste de l'accueil",
        "Le poste de l'accueil n'a plus Internet depuis 17 h 30. Les autres postes fonctionnent, je ne sais pas quelle "
        "ligne est concernée.",
        HIGH,
    ),
)
