"""The bakery's paperwork: invoices, questions, appointments. Texts as people type them."""

from izarlink_tickets.demo.script import (
    Step,
    Story,
    approves,
    at,
    cancels,
    goes_on,
    notes,
    records_approval,
    solves,
    takes,
    waits,
    writes,
)
from izarlink_tickets.domain.vocabulary import Channel

_BAKEHOUSE, _SHOP = "FTTO-00417", "SDSL-00112"

STORIES = (
    Story(
        "fee-billed-twice",
        at(38, "10:15"),
        "bob",
        "FACTURATION",
        _BAKEHOUSE,
        "Frais de mise en service comptés deux fois sur la dernière facture",
        "Bonjour,\n\nSur notre dernière facture, les frais de mise en service de la fibre du fournil (350,00 € HT) "
        "apparaissent en ligne 4 et à nouveau en ligne 9. Ils avaient déjà été réglés à l'installation.\n\nMerci de "
        "nous adresser un avoir.\nBob Larralde",
        steps=(
            Step(at(38, "11:40"), "nora", takes),
            Step(
                at(37, "9:05"),
                "nora",
                solves(
                    "Bonjour M. Larralde,\n\nVous avez raison : la ligne 9 est un doublon, venu de la reprise de votre "
                    "contrat. Un avoir de 420,00 € TTC a été émis ce matin, il sera déduit de votre prochaine facture. "
                    "Avec nos excuses."
                ),
            ),
            Step(at(36, "17:30"), "bob", approves("Avoir bien reçu.")),
        ),
    ),
    Story(
        "move-appointment",
        at(33, "8:40"),
        "alice",
        "MODIFICATION",
        _SHOP,
        "Changer le rendez-vous du technicien à la boutique",
        "Bonjour,\n\nVotre technicien doit passer à la boutique d'Anglet pour le changement de modem, mais ce jour-là "
        "nous livrons un mariage et je serai seule. Peut-on décaler au lendemain, plutôt l'après-midi ?\n\nMerci "
        "d'avance.",
        steps=(
            Step(at(33, "9:12"), "sam", takes),
            Step(
                at(33, "9:30"),
                "sam",
                waits("Le sous-traitant confirme le nouveau créneau sous 48 heures.", days_from_now=-31),
            ),
            Step(at(32, "14:00"), "sam", goes_on),
            Step(
                at(32, "14:04"),
                "sam",
                solves(
                    "Le rendez-vous est déplacé au lendemain, entre 14 h et 16 h. Le technicien appellera la boutique "
                    "une demi-heure avant d'arriver. La coupure durera une dizaine de minutes."
                ),
            ),
            Step(
                at(31, "10:15"),
                "sam",
                records_approval(
                    "Accord donné par téléphone par Mme Harispe, qui n'avait pas d'ordinateur sous la main."
                ),
                Channel.PHONE,
            ),
        ),
    ),
    Story(
        "analogue-line",
        at(27, "15:20"),
        "alice",
        "INFORMATION",
        None,
        "Quel préavis pour résilier l'ancienne ligne analogique ?",
        "Maintenant que le téléphone passe par la fibre, la vieille ligne du fournil ne sert plus qu'à l'alarme. Quel "
        "est le préavis pour la résilier, et l'alarme peut-elle passer par la fibre ?",
        steps=(
            Step(at(27, "16:05"), "nora", takes),
            Step(
                at(26, "9:50"),
                "nora",
                solves(
                    "Le préavis est d'un mois, par simple demande sur ce portail. Pour l'alarme, demandez d'abord à "
                    "votre télésurveilleur de la passer en IP (il lui faut un port libre sur le routeur), puis "
                    "résiliez : jamais l'inverse."
                ),
            ),
            Step(at(24, "18:10"), "alice", approves("Réponse très claire, je vois cela avec le télésurveilleur.")),
        ),
    ),
    Story(
        "payment-certificate",
        at(20, "16:45"),
        "alice",
        "INFORMATION",
        _SHOP,
        "Attestation pour le terminal de paiement",
        "Notre banque demande une attestation de conformité de la ligne utilisée par le terminal. Pouvez-vous la "
        "fournir ?",
        steps=(
            Step(
                at(20, "17:02"),
                "alice",
                cancels("Je l'ai retrouvée dans le dossier d'installation, désolée du dérangement."),
            ),
        ),
    ),
    Story(
        "outage-credit",
        at(14, "9:00"),
        "bob",
        "FACTURATION",
        _SHOP,
        "Avoir pour la panne du terminal bancaire à la boutique",
        "La boutique est restée sans terminal bancaire pendant deux heures et demie. Notre contrat prévoit une "
        "garantie de rétablissement : pouvez-vous calculer l'avoir correspondant ?",
        steps=(
            Step(at(14, "11:15"), "nora", takes),
            Step(
                at(13, "16:40"),
                "nora",
                writes(
                    "Bonjour M. Larralde,\n\nLa panne a duré 2 h 39 d'après nos relevés. Le service juridique vérifie "
                    "si cette heure entre dans votre plage de service ; je reviens vers vous dès que j'ai sa réponse."
                ),
            ),
            Step(
                at(11, "10:10"),
                "nora",
                notes(
                    "Relancé le juridique. La plage du contrat est 8 h - 18 h du lundi au samedi : on devrait payer."
                ),
            ),
        ),
    ),
    Story(
        "unknown-option",
        at(4, "9:35"),
        "alice",
        "FACTURATION",
        _SHOP,
        "Ligne « Service + » inconnue sur la facture",
        "Bonjour,\n\nUne ligne « Service + » à 15,00 € HT est apparue ce mois-ci pour la boutique. À quoi "
        "correspond-elle ? Nous n'avons rien commandé.",
        steps=(
            Step(at(4, "10:20"), "nora", takes),
            Step(
                at(3, "11:00"),
                "nora",
                writes(
                    "Cette option prolonge l'assistance jusqu'à 22 h. Je recherche le bon de commande ; si nous "
                    "n'avons pas votre accord écrit, elle sera retirée et remboursée."
                ),
            ),
        ),
    ),
    Story(
        "holiday-support",
        at(3, "8:55"),
        "bob",
        "INFORMATION",
        None,
        "Horaires du support pendant les fêtes",
        "Noël et Pâques sont nos plus grosses périodes. Le support est-il joignable les dimanches et jours fériés, et "
        "à quel numéro ?",
        steps=(
            Step(at(3, "9:25"), "sam", takes),
            Step(
                at(1, "8:45"),
                "sam",
                solves(
                    "Pour les coupures totales, l'astreinte répond 24 heures sur 24, jours fériés compris, au numéro "
                    "indiqué sur votre contrat. Pour le reste, ce portail est traité de 8 h à 18 h, du lundi au samedi."
                ),
            ),
        ),
    ),
)
