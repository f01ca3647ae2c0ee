"""Who did what: the sentence over an entry of the timeline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Role, State
from izarlink_tickets.i18n import NO_BREAK_SPACE, count, format_datetime, language_of
from izarlink_tickets.projections.history_queries import Entry, Step
from izarlink_tickets.wording.codes import ERASED, Reader, person_said, role_said

_NO_NAMES: Mapping[str, str] = MappingProxyType({})
# These go along with another event of the same command and are its headline only where they are alone.
_COMPANIONS = frozenset({"Assigned", "AttachmentAdded", "Resumed"})


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, and what follows from it: « a approuvé la solution », « le ticket est clôturé »."""

    said: str
    outcome: str = ""


def speaker(entry: Entry) -> str:
    """Name who acted, with the role: « Nora Etcheverry (support IzarLink) »; the portal has no other name."""
    role = role_said(entry.role)
    if entry.role == Role.SYSTEM:
        return f"Le {role[0].lower()}{role[1:]}"
    return f"{entry.actor_name or 'Compte effacé'} ({role[0].lower()}{role[1:]})"


def headline(entry: Entry, names: Mapping[str, str] = _NO_NAMES) -> str:
    """Say what was done, to follow the speaker: « a proposé une solution ». names: those of the entry's `Timeline`."""
    deed = _deed(entry, names)
    return f"{deed.said}{NO_BREAK_SPACE}: {deed.outcome}" if deed.outcome else deed.said


def news(entry: Entry, names: Mapping[str, str], reader: Reader) -> str:
    """Say who did what, and when; it ends with a colon where the words of the entry follow."""
    deed = _deed(entry, names)
    at = format_datetime(entry.at, locale=language_of(reader.locale), timezone=reader.timezone)
    sentence = f"{speaker(entry)} {deed.said} le {at}"
    if deed.outcome:
        return f"{sentence}{NO_BREAK_SPACE}: {deed.outcome}."
    return sentence + ("." if entry.words == "" else f"{NO_BREAK_SPACE}:")


def words(entry: Entry) -> str:
    """Give what was said in the entry; empty where nothing was."""
    return ERASED if entry.words is None else entry.words


def main_step(entry: Entry) -> Step:
    """Give the event that the command was about; the others go along with it."""
    return next((step for step in entry.steps if step.event not in _COMPANIONS), entry.steps[0])


def _deed(entry: Entry, names: Mapping[str, str]) -> Deed:
    step = main_step(entry)
    found = _DEEDS.get(step.event, _UNKNOWN)
    return found if isinstance(found, Deed) else found(entry, step, names)


def _opened(entry: Entry, step: Step, names: Mapping[str, str]) -> Deed:
    requester_id = step.facts.get("requester_id")
    if requester_id == entry.actor_id:
        return Deed("a ouvert le ticket")
    return Deed(f"a ouvert le ticket pour {person_said(requester_id, names)}")


def _followed_up(entry: Entry, step: Step, _names: Mapping[str, str]) -> Deed:
    if step.words == "":
        return Deed("a ajouté " + count(len(entry.files), "fichier", "fichiers", locale="fr"))
    if entry.step("Resumed"):
        return Deed("a répondu à la demande d’informations")
    return Deed("a répondu" if _is_by_staff(entry) else "a ajouté un suivi")


def _assigned(entry: Entry, step: Step, names: Mapping[str, str]) -> Deed:
    assignee_id = step.facts.get("assignee_id")
    if assignee_id == entry.actor_id:
        return Deed("a pris le ticket en charge")
    return Deed(f"a affecté le ticket à {person_said(assignee_id, names)}")


def _reminded(entry: Entry, step: Step, _names: Mapping[str, str]) -> Deed:
    waits_for_approval = entry.state == State.RESOLU
    return Deed(
        "a envoyé un rappel" if step.facts.get("rank") == 1 else "a envoyé un second rappel",
        "la solution proposée attend une approbation" if waits_for_approval else "une réponse est attendue",
    )


def _resumed(entry: Entry, _step: Step, _names: Mapping[str, str]) -> Deed:
    if _is_by_staff(entry):
        return Deed("a repris le ticket")
    return Deed("a remis le ticket en cours", "l’attente est terminée")


def _auto_closed(_entry: Entry, step: Step, _names: Mapping[str, str]) -> Deed:
    days = count(step.facts.get("delay_days", 0), "jour", "jours", locale="fr")
    return Deed("a clôturé le ticket", f"la solution est restée {days} sans réponse")


def _cancelled(entry: Entry, _step: Step, _names: Mapping[str, str]) -> Deed:
    return Deed("a annulé le ticket à la demande du client" if _is_by_staff(entry) else "a annulé le ticket")


def _added_watcher(_entry: Entry, step: Step, names: Mapping[str, str]) -> Deed:
    return Deed(f"a ajouté {person_said(step.facts.get('watcher_id'), names)} aux observateurs")


def _removed_watcher(_entry: Entry, step: Step, names: Mapping[str, str]) -> Deed:
    return Deed(f"a retiré {person_said(step.facts.get('watcher_id'), names)} des observateurs")


def _changed_requester(_entry: Entry, step: Step, names: Mapping[str, str]) -> Deed:
    return Deed(f"a désigné {person_said(step.facts.get('requester_id'), names)} comme demandeur")


# For an event of a newer release, met while both run side by side.
_UNKNOWN = Deed("a modifié le ticket")
_CLOSED = "le ticket est clôturé"
_DEEDS: dict[str, Deed | Callable[[Entry, Step, Mapping[str, str]], Deed]] = {
    "Opened": _opened,
    "AttachmentAdded": Deed("a ajouté un fichier"),
    "FollowUpAdded": _followed_up,
    "InternalNoteAdded": Deed("a ajouté une note interne"),
    "Assigned": _assigned,
    "Requalified": Deed("a requalifié le ticket"),
    "InformationRequested": Deed("a demandé des informations"),
    "ReminderSent": _reminded,
    "Held": Deed("a mis le ticket en attente d’un tiers"),
    "Resumed": _resumed,
    "Resolved": Deed("a proposé une solution"),
    "SolutionRevised": Deed("a remplacé la solution proposée"),
    "SolutionWithdrawn": Deed("a retiré la solution proposée"),
    "SolutionApproved": Deed("a approuvé la solution", _CLOSED),
    "SolutionApprovedOnBehalf": Deed("a enregistré une approbation donnée par téléphone", _CLOSED),
    "SolutionRefused": Deed("a refusé la solution", "le problème persiste"),
    "AutoClosed": _auto_closed,
    "Reopened": Deed("a rouvert le ticket"),
    "CancellationRequested": Deed("a demandé l’annulation du ticket"),
    "CancellationDeclined": Deed("a maintenu le ticket malgré la demande d’annulation"),
    "Cancelled": _cancelled,
    "WatcherAdded": _added_watcher,
    "WatcherRemoved": _removed_watcher,
    "RequesterChanged": _changed_requester,
}


def _is_by_staff(entry: Entry) -> bool:
    return entry.role in access.STAFF_ROLES
