"""Headlines of timeline entries: who did what, and when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from izarlink_tickets.domain import access, events
from izarlink_tickets.domain.events import Resumed, TicketEvent
from izarlink_tickets.domain.vocabulary import Role, SilenceCause, State
from izarlink_tickets.i18n import format_datetime, language_of, ngettext
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.history_queries import Entry, HistoryStep
from izarlink_tickets.wording.codes import Reader, erased, person_label, role_in_sentence

_NO_NAMES: Mapping[str, str] = MappingProxyType({})
# They accompany another event of the same command, and are its headline only when they are alone.
_COMPANIONS = frozenset({events.Assigned, events.AttachmentAdded, events.Resumed})


@dataclass(frozen=True, slots=True)
class Headline:
    """An action and its outcome.

    action: a participle that follows « Nora a » as well as « vous avez », such as « approuvé la solution ».
    outcome: such as « le ticket est clôturé ».
    to_reader: what follows « Nora » when the reader is the person concerned, « vous a affecté le ticket ».
    """

    action: str
    outcome: str = ""
    to_reader: str = ""


def speaker(entry: Entry) -> str:
    """Return who acted, with their role: « Nora Etcheverry (support IzarLink) »."""
    role = role_in_sentence(entry.role)
    if entry.role == Role.SYSTEM:
        return _("Le %(role)s", role=role)
    return f"{entry.actor_name or _('Compte effacé')} ({role})"


def headline(entry: Entry, names: Mapping[str, str] = _NO_NAMES, *, reader: Reader | None = None) -> str:
    """Return what the speaker did: « a proposé une solution ».

    names: those of the entry's `Timeline`.
    """
    parts = _build_headline(entry, names, reader)
    action = parts.to_reader or _("a %(deed)s", deed=parts.action)
    return _("%(deed)s : %(outcome)s", deed=action, outcome=parts.outcome) if parts.outcome else action


def news(entry: Entry, names: Mapping[str, str], reader: Reader) -> str:
    """Return who did what and when, before the entry's text."""
    parts = _build_headline(entry, names, reader)
    if entry.words == "" or parts.outcome:
        return sentence(entry, names, reader)
    return _("%(sentence)s :", sentence=_who_did_what(entry, parts, reader))


def sentence(entry: Entry, names: Mapping[str, str], reader: Reader) -> str:
    """Return who did what, and when, as a sentence that stands alone."""
    parts = _build_headline(entry, names, reader)
    start = _who_did_what(entry, parts, reader)
    return _("%(sentence)s : %(outcome)s.", sentence=start, outcome=parts.outcome) if parts.outcome else start + "."


def words(entry: Entry) -> str:
    """Return the text of the entry, empty if it has none."""
    return erased() if entry.words is None else entry.words


def main_step(entry: Entry) -> HistoryStep:
    """Return the main event of the command; the others accompany it."""
    return next((step for step in entry.steps if step.event_class not in _COMPANIONS), entry.steps[0])


def _who_did_what(entry: Entry, parts: Headline, reader: Reader) -> str:
    at = format_datetime(entry.at, locale=language_of(reader.locale), timezone=reader.timezone)
    if entry.actor_id == reader.actor.account_id:
        return _("Vous avez %(deed)s le %(at)s", deed=parts.action, at=at)
    if parts.to_reader:
        return _("%(speaker)s %(deed)s le %(at)s", speaker=speaker(entry), deed=parts.to_reader, at=at)
    return _("%(speaker)s a %(deed)s le %(at)s", speaker=speaker(entry), deed=parts.action, at=at)


def _build_headline(entry: Entry, names: Mapping[str, str], reader: Reader | None) -> Headline:
    step = main_step(entry)
    parts = _HEADLINES.get(step.event_class, _UNKNOWN)
    headline = parts if isinstance(parts, Headline) else parts(entry, step, names)
    return headline if _concerns(step, entry, reader) else replace(headline, to_reader="")


def _concerns(step: HistoryStep, entry: Entry, reader: Reader | None) -> bool:
    """Return whether somebody else did this for or to the reader."""
    if reader is None or reader.actor.account_id == entry.actor_id:
        return False
    concerned = (step.facts.get(name) for name in ("requester_id", "assignee_id", "watcher_id"))
    return reader.actor.account_id in concerned


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
    if entry.step(Resumed):
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


def _silent(_entry: Entry, step: HistoryStep, _names: Mapping[str, str]) -> Headline:
    outcomes = {
        SilenceCause.NOT_DELIVERED.value: _("le rappel n’a pas pu être remis au client"),
        SilenceCause.ACCOUNT_CLOSED.value: _("le compte du demandeur est désactivé : désignez un autre demandeur"),
    }
    outcome = outcomes.get(step.facts.get("cause", ""), _("le rappel est resté sans réponse"))
    return Headline(_("signalé le silence du client"), outcome)


def _resumed(entry: Entry, _step: HistoryStep, _names: Mapping[str, str]) -> Headline:
    if _is_by_staff(entry):
        return Headline(_("repris le ticket"))
    return Headline(_("remis le ticket en cours"), _("l’attente est terminée"))


def _auto_closed(_entry: Entry, step: HistoryStep, _names: Mapping[str, str]) -> Headline:
    # Of before the event held it, the setting of the time.
    days = step.facts.get("waited_days") or step.facts.get("delay_days", 0)
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


def _watcher_added(_entry: Entry, step: HistoryStep, names: Mapping[str, str]) -> Headline:
    return Headline(
        _("ajouté %(person)s aux observateurs", person=person_label(step.facts.get("watcher_id"), names)),
        to_reader=_("a partagé le ticket avec vous"),
    )


def _watcher_removed(_entry: Entry, step: HistoryStep, names: Mapping[str, str]) -> Headline:
    return Headline(
        _("retiré %(person)s des observateurs", person=person_label(step.facts.get("watcher_id"), names)),
        to_reader=_("vous a retiré l’accès au ticket"),
    )


def _requester_changed(_entry: Entry, step: HistoryStep, names: Mapping[str, str]) -> Headline:
    return Headline(
        _("mis le ticket au nom de %(person)s", person=person_label(step.facts.get("requester_id"), names)),
        to_reader=_("a mis le ticket à votre nom"),
    )


# For an event of a newer release that runs beside this one.
_UNKNOWN = Headline(_l("modifié le ticket"))
_CLOSED = _l("le ticket est clôturé")
_HEADLINES: dict[type[TicketEvent], Headline | Callable[[Entry, HistoryStep, Mapping[str, str]], Headline]] = {
    events.Opened: _opened,
    events.AttachmentAdded: Headline(_l("ajouté un fichier")),
    events.FollowUpAdded: _followed_up,
    events.InternalNoteAdded: Headline(_l("ajouté une note interne")),
    events.Assigned: _assigned,
    events.Requalified: Headline(_l("requalifié le ticket")),
    events.InformationRequested: Headline(_l("demandé des informations")),
    events.ReminderSent: _reminded,
    events.SilenceReported: _silent,
    events.WaitRestarted: Headline(_l("recommencé l’attente"), _l("l’horloge du portail était en avance")),
    events.Held: Headline(_l("mis le ticket en attente d’un tiers")),
    events.Resumed: _resumed,
    events.Resolved: Headline(_l("proposé une solution")),
    events.SolutionRevised: Headline(_l("remplacé la solution proposée")),
    events.SolutionWithdrawn: Headline(_l("retiré la solution proposée")),
    events.SolutionApproved: Headline(_l("approuvé la solution"), _CLOSED),
    events.SolutionApprovedOnBehalf: Headline(_l("enregistré une approbation donnée par téléphone"), _CLOSED),
    events.SolutionRefused: Headline(_l("refusé la solution"), _l("le problème persiste")),
    events.AutoClosed: _auto_closed,
    events.Reopened: Headline(_l("rouvert le ticket")),
    events.CancellationRequested: Headline(_l("demandé l’annulation du ticket")),
    events.CancellationRequestWithdrawn: Headline(_l("retiré la demande d’annulation")),
    events.CancellationDeclined: Headline(_l("maintenu le ticket malgré la demande d’annulation")),
    events.Cancelled: _cancelled,
    events.WatcherAdded: _watcher_added,
    events.WatcherRemoved: _watcher_removed,
    events.RequesterChanged: _requester_changed,
}


def _is_by_staff(entry: Entry) -> bool:
    return entry.role in access.STAFF_ROLES
