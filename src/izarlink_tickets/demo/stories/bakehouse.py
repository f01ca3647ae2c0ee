"""The bakery's fibre at the bakehouse: voice, backups, machines. Texts as people type them."""

from izarlink_tickets.demo.evidence import (
    CALL_LOG,
    FIRST_TRACE,
    GRAPH_AT_ORDERING_TIME,
    MORNING_GRAPH,
    SECOND_TRACE,
    TRACE_BEYOND_THE_LINE,
)
from izarlink_tickets.demo.script import (
    HIGH,
    MEDIUM,
    Step,
    Story,
    approves,
    at,
    hands_to,
    lets_read_along,
    notes,
    refuses,
    solves,
    takes,
    waits,
    writes,
)

_BAKEHOUSE = "FTTO-00417"

STORIES = (
    Story(
        "choppy-voice",
        at(36, "11:05"),
        "alice",
        "PERTE_DE_PAQUETS",
        _BAKEHOUSE,
        "Voix hachée sur les postes téléphoniques du fournil",
        "Depuis trois jours, on n'entend qu'un mot sur deux au téléphone, surtout entre 9 h et 12 h quand les "
        "restaurants passent commande. Notre informaticien a lancé un « mtr » vers le serveur de téléphonie : 7 % de "
        "pertes dès le deuxième saut. Son relevé et la courbe de ce matin sont joints.",
        MEDIUM,
        (FIRST_TRACE, MORNING_GRAPH),
        steps=(
            Step(at(36, "11:32"), "nora", takes),
            Step(
                at(36, "11:50"),
                "nora",
                notes("Erreurs CRC en hausse sur le port 3/0/14 de bay-acc-3. À voir avec les collègues de la boucle."),
            ),
            Step(
                at(36, "16:10"),
                "nora",
                solves(
                    "Le module optique de votre port, côté IzarLink, émettait des erreurs. Il a été remplacé à 15 h "
                    "50. Nous ne mesurons plus de perte depuis."
                ),
            ),
            Step(
                at(35, "10:20"),
                "alice",
                refuses(
                    "C'est mieux, mais encore haché ce matin : 2,8 % de pertes d'après le nouveau relevé ci-joint.",
                    SECOND_TRACE,
                ),
            ),
            Step(
                at(35, "10:41"),
                "nora",
                writes(
                    "Merci pour ce relevé. Les erreurs viennent cette fois du sens montant. Nous demandons un contrôle "
                    "de la jarretière dans la baie du fournil ; un technicien peut passer demain entre 14 h et 15 h, "
                    "hors de vos heures de fournée."
                ),
            ),
            Step(at(35, "11:02"), "alice", writes("14 h demain, c'est parfait. Demandez Maite, elle ouvrira.")),
            Step(
                at(34, "15:25"),
                "nora",
                solves(
                    "La jarretière optique de la baie était pincée par la porte : elle a été remplacée et repassée par "
                    "le haut. 0 perte sur 3 600 paquets dans les deux sens, score de voix 4,3 sur 5."
                ),
            ),
            Step(at(33, "9:30"), "alice", approves("Impeccable depuis hier, on s'entend enfin.", version=2)),
        ),
    ),
    Story(
        "scales-network",
        at(24, "14:30"),
        "bob",
        "TECHNIQUE",
        _BAKEHOUSE,
        "Réseau séparé pour les balances connectées",
        "Nous recevons quatre balances connectées pour le fournil. L'installateur demande un réseau séparé (VLAN 30), "
        "sans accès à la comptabilité, avec la sortie vers Internet sur le port 443 seulement.",
        steps=(
            Step(at(24, "15:05"), "sam", takes),
            Step(
                at(23, "10:40"),
                "sam",
                solves(
                    "Le VLAN 30 est prêt sur les ports 5 à 8 du commutateur : adresses 192.168.30.0/24, sortie limitée "
                    "au 443, aucune route vers les autres réseaux. L'installateur n'a rien à régler, les balances "
                    "prennent leur adresse seules."
                ),
            ),
            Step(at(21, "11:55"), "bob", approves("Installé ce matin, tout fonctionne.")),
        ),
    ),
    Story(
        "slow-backups",
        at(22, "6:35"),
        "alice",
        "DEBIT",
        _BAKEHOUSE,
        "Débit montant effondré, les sauvegardes n'aboutissent plus",
        "La sauvegarde de la nuit, d'habitude finie à 2 h, n'était qu'à 12 % ce matin à 6 h. Le test de débit donne 94 "
        "Mbit/s en réception mais 1,7 Mbit/s en émission, au lieu de 100.",
        HIGH,
        steps=(
            Step(at(22, "6:50"), "nora", takes),
            Step(
                at(22, "8:30"),
                "nora",
                writes(
                    "Nous reproduisons la mesure depuis le cœur de réseau. Le profil montant de votre ligne a été mal "
                    "repris lors de la maintenance de cette nuit ; la correction est en cours."
                ),
            ),
            Step(
                at(22, "9:15"),
                "nora",
                solves("Profil corrigé à 9 h 05 : 98 Mbit/s dans les deux sens, mesurés pendant dix minutes."),
            ),
            Step(
                at(10, "9:40"),
                "alice",
                approves("Toutes les sauvegardes de la semaine sont passées. Désolée d'avoir tardé à valider."),
            ),
        ),
    ),
    Story(
        "second-uplink",
        at(15, "11:20"),
        "alice",
        "TECHNIQUE",
        _BAKEHOUSE,
        "Secours 4G pour le fournil",
        "Après la panne du répartiteur, nous aimerions que le routeur du fournil bascule tout seul en 4G si la fibre "
        "est coupée, au moins pour les commandes et le téléphone. Est-ce possible avec le matériel actuel ?",
        steps=(
            Step(at(15, "11:45"), "nora", takes),
            Step(
                at(14, "10:05"),
                "nora",
                writes(
                    "C'est possible : votre routeur a un emplacement pour un module 4G. Nous avons commandé le module "
                    "et réservé une carte SIM avec adresse fixe, pour que le téléphone fonctionne aussi en secours."
                ),
            ),
            Step(
                at(13, "9:10"),
                "nora",
                waits("Le module 4G est en rupture chez le constructeur, livraison annoncée.", days_from_now=6),
            ),
        ),
    ),
    Story(
        "dropped-calls",
        at(11, "11:12"),
        "alice",
        "PERTE_DE_PAQUETS",
        _BAKEHOUSE,
        "Appels coupés à l'heure des commandes",
        "Bonjour,\n\nDepuis hier, des appels se coupent net entre 10 h et 11 h, pile quand les restaurants commandent. "
        "Ce n'est pas comme la dernière fois : la voix est bonne, puis plus rien. J'ai joint le relevé du standard, la "
        "courbe des pertes et la trace faite par notre informaticien.\n\nAlice",
        HIGH,
        (CALL_LOG, GRAPH_AT_ORDERING_TIME, TRACE_BEYOND_THE_LINE),
        steps=(
            Step(at(11, "11:30"), "sam", takes),
            Step(at(11, "11:34"), "sam", lets_read_along("bob")),
            Step(
                at(11, "12:05"),
                "sam",
                notes(
                    "Pertes entre bay-core-1 et la plateforme voix seulement, aux heures chargées : le lien de 1 "
                    "Gbit/s sature. Nora, tu peux voir avec l'opérateur voix si l'extension prévue peut être avancée ?",
                    mentioned=("nora",),
                ),
            ),
            Step(
                at(11, "12:20"),
                "sam",
                writes(
                    "Bonjour Mme Harispe,\n\nVotre ligne n'est pas en cause : c'est notre liaison vers la plateforme "
                    "de téléphonie qui sature à cette heure. En attendant son extension, vos appels passent dès "
                    "maintenant par notre site de Pau."
                ),
            ),
            Step(
                at(10, "11:20"),
                "alice",
                writes("Deux appels coupés seulement ce matin, contre cinq hier. C'est mieux, mais pas encore bon."),
            ),
            Step(
                at(8, "17:45"),
                "sam",
                writes("L'extension à 10 Gbit/s est programmée. Nous surveillons vos appels chaque matin jusque-là."),
            ),
        ),
    ),
    Story(
        "jerky-meetings",
        at(7, "10:50"),
        "alice",
        "DEBIT",
        _BAKEHOUSE,
        "Visioconférence saccadée pendant l'envoi des photos",
        "Quand l'agence récupère nos photos de produits (plusieurs gigaoctets), la visioconférence avec le comptable "
        "se fige. Peut-on donner la priorité à l'une sans bloquer l'autre ?",
        MEDIUM,
        steps=(
            Step(at(7, "11:15"), "nora", takes),
            Step(
                at(6, "14:20"),
                "nora",
                writes("Nous avons activé des mesures détaillées sur votre lien pour les prochaines 48 heures."),
            ),
            Step(
                at(3, "16:30"),
                "nora",
                solves(
                    "La visioconférence et la téléphonie sont désormais prioritaires sur votre lien, et les gros "
                    "envois se partagent ce qui reste. Pendant un envoi de 4 Go cet après-midi, la visioconférence est "
                    "restée fluide (gigue de 3 ms). Dites-nous si vous constatez la même chose."
                ),
            ),
        ),
    ),
    Story(
        "move-socket",
        at(6, "15:10"),
        "bob",
        "MODIFICATION",
        _BAKEHOUSE,
        "Déplacer la prise optique pendant les travaux du fournil",
        "Nous abattons la cloison qui porte la prise optique. Il faudrait la déplacer de six mètres, dans le nouveau "
        "local technique, un après-midi : à partir de 13 h le fournil peut s'arrêter.",
        steps=(
            Step(at(6, "15:40"), "sam", hands_to("nora")),
            Step(
                at(5, "9:20"),
                "nora",
                writes("Demande transmise à l'opérateur de la fibre, avec votre contrainte d'horaire."),
            ),
            Step(
                at(4, "10:00"),
                "nora",
                waits("L'opérateur de la fibre doit proposer une date d'intervention.", days_from_now=4),
            ),
        ),
    ),
    Story(
        "cold-room",
        at(1, "17:40"),
        "alice",
        "TECHNIQUE",
        _BAKEHOUSE,
        "Adresse réservée pour la sonde de la chambre froide",
        "Bonjour,\n\nLa sonde de température de la nouvelle chambre froide arrive cette semaine. L'installateur "
        "demande une adresse IP réservée (adresse MAC 02:00:5e:10:04:17) et la sortie vers Internet sur le port "
        "8883.\n\nMerci,\nAlice",
        steps=(),
    ),
)
