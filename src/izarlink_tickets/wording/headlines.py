"""Who did what: the sentence over an entry of the timeline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Role, State
from izarlink_tickets.i18n import format_datetime, language_of, ngettext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.history_queries import Entry, HistoryStep
from izarlink_tickets.wording.codes import Reader, erased, person_label, role_in_sentence

_NO_NAMES: Mapping[str, str] = MappingProxyType({})
# These go along with another event of the same command and are its headline only where they are alone.
_COMPANIONS = frozenset({"Assigned", "AttachmentAdded", "Resumed"})


@dataclass(frozen=True, slots=True)
class Headline:
    """What was done, and what follows from it: « approuvé la solution », « le ticket est clôturé ».

    said: a participle, to follow « Nora a » as well as « vous avez ».
    to_reader: what follows « Nora » when the reader is the person concerned, « vous a affecté le ticket ».
    """

    said: str
    outcome: str = ""
    to_reader: str = ""


def speaker(entry: Entry) -> str:
    """Name who acted, with the role: « Nora Etcheverry (support IzarLink) »; the portal has no other name."""
    role = role_in_sentence(entry.role)
    if entry.role == Role.SYSTEM:
        return _("Le %(role)s", role=role)
    return f"{entry.actor_name or _('Compte effacé')} ({role})"


def headline(entry: Entry, names: Mapping[str, str] = _NO_NAMES, *, reader: Reader | None = None) -> str:
    """Return what was done, to follow the speaker: « a proposé une solution ».

    names: those of the entry's `Timeline`.
    """
    deed = _headline(entry, names, reader)
    done = deed.to_reader or _("a %(deed)s", deed=deed.said)
    return _("%(deed)s : %(outcome)s", deed=done, outcome=deed.outcome) if deed.outcome else done


def news(entry: Entry, names: Mapping[str, str], reader: Reader) -> str:
    """Say who did what, and when; it ends with a colon where the words of the entry follow."""
    deed = _headline(entry, names, reader)
    if entry.words == "" or deed.outcome:
        return sentence(entry, names, reader)
    return _("%(sentence)s :", sentence=_done_by(entry, deed, reader))


def sentence(entry: Entry, names: Mapping[str, str], reader: Reader) -> str:
    """Say who did what, and when, in a sentence that stands alone."""
    deed = _headline(entry, names, reader)
    sentence = _done_by(entry, deed, reader)
    return _("%(sentence)s : %(outcome)s.", sentence=sentence, outcome=deed.outcome) if deed.outcome else sentence + "."


def words(entry: Entry) -> str:
    """Give what was said in the entry; empty where nothing was."""
    return erased() if entry.words is None else entry.words


def main_step(entry: Entry) -> HistoryStep:
    """Give the event that the command was about; the others go along with it."""
    return next((step for step in entry.steps if step.event not in _COMPANIONS), entry.steps[0])


def _done_by(entry: Entry, deed: Headline, reader: Reader) -> str:
    at = format_datetime(entry.at, locale=language_of(reader.locale), timezone=reader.timezone)
    if entry.actor_id == reader.person.account_id:
        return _("Vous avez %(deed)s le %(at)s", deed=deed.said, at=at)
    if deed.to_reader:
        return _("%(speaker)s %(deed)s le %(at)s", speaker=speaker(entry), deed=deed.to_reader, at=at)
    return _("%(speaker)s a %(deed)s le %(at)s", speaker=speaker(entry), deed=deed.said, at=at)


def _headline(entry: Entry, names: Mapping[str, str], reader: Reader | None) -> Headline:
    step = main_step(entry)
    found = _HEADLINES.get(step.event, _UNKNOWN)
    deed = found if isinstance(found, Headline) else found(entry, step, names)
    return deed if _concerns(step, entry, reader) else replace(deed, to_reader="")


def _concerns(step: HistoryStep, entry: Entry, reader: Reader | None) -> bool:
    """Check whether somebody else did this for or to the reader."""
    if reader is None or reader.person.account_id == entry.actor_id:
        return False
    concerned = (step.facts.get(name) for name in ("requester_id", "assignee_id", "watcher_id"))
    return reader.person.account_id in concerned


def _opened(entry: Entry, step: HistoryStep, names: Mapping[str, str]) -> Headline:
    requester_id = step.facts.get("requester_id")
    if requester_id == entry.actor_id:
        return Headline(_("ouvert le ticket"))
    return Headline(
        _("ouvert le ticket pour %(person)s", person=person_label(requester_id, names)),
        to_reader=_("a ouvert ce ticket pour vous"),
    )


def _followed_up(entry: Entry, step: HistoryStep, _names: Mapping[str, str]) -> Headline:
    if step.words == "":
        return Headline(ngettext("ajouté %(num)s fichier", "ajouté %(num)s fichiers", len(entry.files)))
    if entry.step("Resumed"):
        return Headline(_("répondu à la demande d’informations"))
    return Headline(_("répondu") if _is_by_staff(entry) else _("ajouté un suivi"))


def _assigned(entry: Entry, step: HistoryStep, names: Mapping[str, str]) -> Headline:
    assignee_id = step.facts.get("assignee_id")
    if assignee_id == entry.actor_id:
        return Headline(_("pris le ticket en charge"))
    return Headline(
        _("affecté le ticket à %(person)s", person=person_label(assignee_id, names)),
        to_reader=_("vous a affecté le ticket"),
    )


def _reminded(entry: Entry, step: HistoryStep, _names: Mapping[str, str]) -> Headline:
    waits_for_approval = entry.state == State.RESOLVED
    return Headline(
        _("envoyé un rappel") if step.facts.get("rank") == 1 else _("envoyé un second rappel"),
        _("la solution proposée attend une approbation") if waits_for_approval else _("une réponse est attendue"),
    )


def _resumed(entry: Entry, _step: HistoryStep, _names: Mapping[str, str]) -> Headline:
    if _is_by_staff(entry):
        return Headline(_("repris le ticket"))
    return Headline(_("remis le ticket en cours"), _("l’attente est terminée"))


def _auto_closed(_entry: Entry, step: HistoryStep, _names: Mapping[str, str]) -> Headline:
    days = step.facts.get("delay_days", 0)
    return Headline(
        _("clôturé le ticket"),
        ngettext(
            "la solution est restée %(num)s jour sans réponse",
            "la solution est restée %(num)s jours sans réponse",
            days,
        ),
    )


def _cancelled(entry: Entry, _step: HistoryStep, _names: Mapping[str, str]) -> Headline:
    return Headline(_("annulé le ticket à la demande du client") if _is_by_staff(entry) else _("annulé le ticket"))


def _added_watcher(_entry: Entry, step: HistoryStep, names: Mapping[str, str]) -> Headline:
    return Headline(
        _("ajouté %(person)s aux observateurs", person=person_label(step.facts.get("watcher_id"), names)),
        to_reader=_("a partagé le ticket avec vous"),
    )


def _removed_watcher(_entry: Entry, step: HistoryStep, names: Mapping[str, str]) -> Headline:
    return Headline(
        _("retiré %(person)s des observateurs", person=person_label(step.facts.get("watcher_id"), names)),
        to_reader=_("vous a retiré l’accès au ticket"),
    )


def _changed_requester(_entry: Entry, step: HistoryStep, names: Mapping[str, str]) -> Headline:
    return Headline(
        _("mis le ticket au nom de %(person)s", person=person_label(step.facts.get("requester_id"), names)),
        to_reader=_("a mis le ticket à votre nom"),
    )


# For an event of a newer release, met while both run side by side.
_UNKNOWN = Headline(_l("modifié le ticket"))
_CLOSED = _l("le ticket est clôturé")
_HEADLINES: dict[str, Headline | Callable[[Entry, HistoryStep, Mapping[str, str]], Headline]] = {
    "Opened": _opened,
    "AttachmentAdded": Headline(_l("ajouté un fichier")),
    "FollowUpAdded": _followed_up,
    "InternalNoteAdded": Headline(_l("ajouté une note interne")),
    "Assigned": _assigned,
    "Requalified": Headline(_l("requalifié le ticket")),
    "InformationRequested": Headline(_l("demandé des informations")),
    "ReminderSent": _reminded,
    "Held": Headline(_l("mis le ticket en attente d’un tiers")),
    "Resumed": _resumed,
    "Resolved": Headline(_l("proposé une solution")),
    "SolutionRevised": Headline(_l("remplacé la solution proposée")),
    "SolutionWithdrawn": Headline(_l("retiré la solution proposée")),
    "SolutionApproved": Headline(_l("approuvé la solution"), _CLOSED),
    "SolutionApprovedOnBehalf": Headline(_l("enregistré une approbation donnée par téléphone"), _CLOSED),
    "SolutionRefused": Headline(_l("refusé la solution"), _l("le problème persiste")),
    "AutoClosed": _auto_closed,
    "Reopened": Headline(_l("rouvert le ticket")),
    "CancellationRequested": Headline(_l("demandé l’annulation du ticket")),
    "CancellationDeclined": Headline(_l("maintenu le ticket malgré la demande d’annulation")),
    "Cancelled": _cancelled,
    "WatcherAdded": _added_watcher,
    "WatcherRemoved": _removed_watcher,
    "RequesterChanged": _changed_requester,
}


def _is_by_staff(entry: Entry) -> bool:
    return entry.role in access.STAFF_ROLES
