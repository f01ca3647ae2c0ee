"""French titles and texts, varied but the same in every run."""

from collections.abc import Iterator
from random import Random

POOL = 4_000  # different texts; more would only cost memory

_WHEN = (
    "Depuis ce matin", "Depuis hier soir", "Depuis la coupure de mardi", "Tous les jours vers midi", "Par moments",
    "Depuis le passage du technicien", "Depuis l’orage", "À chaque mise à jour", "Depuis lundi dernier", "Le week-end",
)  # fmt: skip
_WHERE = (
    "au fournil", "à l’atelier", "à l’accueil", "dans les bureaux du premier étage", "à l’entrepôt de Mouguerre",
    "à la boutique de Biarritz", "sur le site d’Anglet", "en salle de réunion", "à la caisse", "au laboratoire",
)  # fmt: skip
_WHAT = (
    "le débit tombe à {n} Mbit/s", "la fibre décroche {n} fois par heure", "le téléphone coupe après {n} minutes",
    "le routeur redémarre {n} fois", "les paquets se perdent à {n} %", "la visioconférence se fige {n} secondes",
    "la facture n° {n} compte deux fois l’abonnement", "le voyant « PON » clignote {n} fois",
    "la sauvegarde met {n} heures",
    "l’adresse IP {n} ne répond plus",
)  # fmt: skip
_MORE = (
    "Nous avons redémarré le boîtier sans résultat.", "La mesure sur le port {n} le confirme.",
    "Merci de nous rappeler avant {n} heures.", "Les autres sites ne sont pas touchés.",
    "Le câble a été remplacé la semaine dernière.", "Le pare-feu n’a pas changé depuis {n} mois.",
    "Nos clients attendent au comptoir.", "Une intervention sur place est possible dès demain.",
    "L’optique du répartiteur sera échangée cette nuit.", "La ligne a été réglée et reste surveillée {n} jours.",
    "Vous trouverez la mesure ci-jointe.", "Le réseau interne a été vérifié.",
)  # fmt: skip
_LONGEST = 5  # sentences after the first


def titles() -> list[str]:
    """Build the pool of titles."""
    random = Random(1)
    return [_upper(f"{_sentence(random, _WHAT)} {random.choice(_WHERE)}") for _ in range(POOL)]


def texts() -> list[str]:
    """Build the pool of texts, of one to six sentences."""
    random = Random(2)
    return ["".join(_text(random)) for _ in range(POOL)]


def _text(random: Random) -> Iterator[str]:
    yield f"{random.choice(_WHEN)}, {random.choice(_WHERE)}, {_sentence(random, _WHAT)}."
    for _ in range(random.randint(0, _LONGEST)):
        yield random.choice((" ", "\n\n")) + _sentence(random, _MORE)


def _sentence(random: Random, choices: tuple[str, ...]) -> str:
    return random.choice(choices).format(n=random.randint(2, 999))


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
