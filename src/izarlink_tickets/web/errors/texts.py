"""What the pages of HTTP errors say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A title that completes « Que s’est-il passé ? », and what to do about it."""

    title: str
    advice: str


TEXTS = {
    400: Text(
        "Demande incomplète",
        "Cette demande ne vient pas d’une page du portail, ou elle est incomplète. Rien n’a été enregistré. "
        "Revenez au portail et recommencez.",
    ),
    403: Text(
        "Accès réservé",
        "Votre compte ne donne pas accès à cette page. Si vous en avez besoin, demandez-le au support IzarLink.",
    ),
    404: Text(
        "Page introuvable",
        "Cette page n’existe pas, ou elle n’est pas à vous. Vérifiez l’adresse, ou revenez à la liste des tickets.",
    ),
    405: Text("Opération impossible ici", "Cette page ne répond pas à cette opération. Revenez à l’accueil."),
    409: Text("Situation dépassée", "Quelque chose a changé entre-temps. Rouvrez la page pour voir où l’on en est."),
    413: Text(
        "Envoi trop volumineux",
        "L’ensemble de vos fichiers dépasse 16 Mo. Rien n’a été enregistré. Revenez en arrière : votre texte y est "
        "encore. Joignez 5 fichiers au plus, de 2 Mo chacun.",
    ),
    415: Text("Format refusé", "Le portail attend un formulaire. Rien n’a été enregistré."),
    422: Text("Valeur refusée", "Une valeur n’est pas acceptée. Rien n’a été enregistré."),
    429: Text(
        "Trop de tentatives",
        "Par sécurité, patientez quelques minutes avant de recommencer. Le support reste joignable par téléphone.",
    ),
    500: Text(
        "Erreur du portail",
        "Une erreur est survenue de notre côté, pas du vôtre. Réessayez dans un instant. Si elle revient, donnez cette "
        "référence au support IzarLink.",
    ),
    503: Text(
        "Portail momentanément indisponible",
        "Le portail ne peut pas répondre pour l’instant. Réessayez dans un instant.",
    ),
}

BUSY = Text(
    "Portail très sollicité",
    "Votre demande n’a pas pu être enregistrée à temps. Réessayez dans un instant : rien n’est enregistré deux fois.",
)
UNREACHABLE = Text(
    "Portail momentanément indisponible",
    "La base de données ne répond pas. Rien n’a été enregistré. Réessayez dans un instant.",
)
FULL = Text(
    "Enregistrement impossible pour le moment",
    "L’espace de stockage du portail est plein. Rien n’a été enregistré. Réessayez plus tard, ou appelez le support.",
)
IN_DOUBT = Text(
    "Enregistrement à vérifier",
    "La connexion a été coupée au moment d’enregistrer. Envoyez de nouveau : si votre demande était déjà enregistrée, "
    "elle ne le sera pas une seconde fois.",
)
UPDATING = Text(
    "Portail en cours de mise à jour",
    "Rien n’a été enregistré. Réessayez dans une minute : le portail sera à jour.",
)
