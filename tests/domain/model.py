"""A ticket told a second time, in plain values: what the state machine holds the real one against.

Every command answers the names of the events it leaves, or None where it is refused. Nothing of the code that
is tested is used here but the words people are described with.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from izarlink_tickets.domain.vocabulary import Actor, Category, File, Service

Left = list[str] | None

# What depends on the version of the ticket that was read; two messages never get in each other's way.
DECISIONS = {
    *("assign", "requalify", "request_information", "hold", "resume"),
    *("resolve", "revise_solution", "withdraw_solution", "record_approval", "reopen"),
    *("confirm_cancellation", "decline_cancellation"),
}

OPEN = {"NOUVEAU", "EN_COURS", "EN_ATTENTE"}
DEMANDES = {"TECHNIQUE": 3, "MODIFICATION": 3, "FACTURATION": 2, "INFORMATION": 2}
IMPACTS = {"COUPURE_TOTALE": 4, "PERTE_DE_PAQUETS": 3, "DEBIT": 3, "LENTEUR": 2, **DEMANDES}
PRIORITIES = {5: "23455", 4: "23445", 3: "22344", 2: "12233", 1: "11222"}
NOTICE = timedelta(days=2)


def is_staff(person: Actor) -> bool:
    return person.is_active and person.role in ("support", "administrator")


def is_customer(person: Actor) -> bool:
    return person.is_active and person.role in ("customer", "company")


def is_said(text: str) -> bool:
    return bool(text.strip())


def id_of(service: Service | None) -> str | None:
    return service.service_id if service else None


class Model:
    """One ticket. Times are aware UTC."""

    def __init__(self) -> None:
        self.state = ""
        self.awaiting: str | None = None
        self.version = 0
        self.requester = self.organisation = ""
        self.watchers: set[str] = set()
        self.assignee: str | None = None
        self.qualification: tuple[str, str | None, int | None, int] = ("", None, None, 0)
        self.files: list[str] = []
        self.is_touched = self.is_unwanted = False
        self.solution, self.author = 0, ""
        self.asked_at = self.closed_at = self.held_until = datetime.min.replace(tzinfo=UTC)
        self.reminded_at: datetime | None = None
        self.is_answered = self.is_followed_up = False

    @property
    def priority(self) -> int:
        _, _, urgency, impact = self.qualification
        return impact if urgency is None else int(PRIORITIES[urgency][impact - 1])

    # --- opening, qualifying ------------------------------------------------------------------------------------------

    def open(
        self, who: Actor, _now: datetime, *, requester: Actor, category: Category, files: Sequence[File], **form: Any
    ) -> Left:
        organisation, service, urgency = requester.organisation_id, form["service"], form["urgency"]
        may = is_staff(who) or (is_customer(who) and who.account_id == requester.account_id)
        is_urgency_fine = urgency is None if category.code in DEMANDES else urgency in (3, 4)
        is_service_fine = service is None or (service.is_active and service.organisation_id == organisation)
        is_form_fine = len(form["title"].strip()) >= 3 and is_said(form["description"]) and len(files) <= 5
        if not (may and is_customer(requester) and is_urgency_fine and is_service_fine and is_form_fine):
            return None
        self.state, self.requester, self.organisation = "NOUVEAU", requester.account_id, organisation or ""
        self.qualification = (category.code, id_of(service), urgency, IMPACTS[category.code])
        return self._left(who, "Opened", files=files, touches=False)

    def requalify(
        self, who: Actor, _now: datetime, *, category: Category, service: Service | None, reason: str, **new: Any
    ) -> Left:
        urgency, impact = new["urgency"], new["impact"]
        code, service_id, _, _ = self.qualification
        is_demande = category.code in DEMANDES
        is_urgency_fine = urgency is None if is_demande else urgency in (1, 2, 3, 4, 5)
        is_service_fine = service is None or (
            service.organisation_id == self.organisation and (service.is_active or service.service_id == service_id)
        )
        is_reason_fine = is_said(reason) or is_demande == (code in DEMANDES)
        if not (is_staff(who) and self.state in OPEN and is_urgency_fine and is_service_fine and is_reason_fine):
            return None
        after = (category.code, id_of(service), urgency, impact)
        if not 1 <= impact <= 5 or after == self.qualification:
            return None
        self.qualification = after
        return self._left(who, "Requalified")

    def assign(self, who: Actor, _now: datetime, *, assignee: Actor) -> Left:
        is_other = is_staff(assignee) and assignee.account_id != self.assignee
        if not (is_staff(who) and self.state in OPEN | {"RESOLU"} and is_other):
            return None
        return self._left(who, *self._taken_by(assignee.account_id))

    # --- talking, waiting ---------------------------------------------------------------------------------------------

    def add_follow_up(self, who: Actor, _now: datetime, *, text: str, files: Sequence[File]) -> Left:
        is_something = (is_said(text) or files) and len(files) <= 5
        may = self._is_voice(who) or is_staff(who)
        if not (may and self.state in OPEN | {"RESOLU"} and is_something):
            return None
        self.is_followed_up = True
        self.is_answered = self.is_answered or self._is_voice(who)
        left = self._left(who, "FollowUpAdded", files=files) or []
        if self._is_voice(who) and self.awaiting == "CLIENT":
            self.state, self.awaiting = "EN_COURS", None
            left += self._left(who, "Resumed") or []
        return left

    def add_internal_note(self, who: Actor, _now: datetime, *, text: str, mentioned: Sequence[Actor]) -> Left:
        if not (is_staff(who) and self.state != "ANNULE" and is_said(text) and all(map(is_staff, mentioned))):
            return None
        return self._left(who, "InternalNoteAdded", touches=False)

    def request_information(self, who: Actor, now: datetime, *, question: str) -> Left:
        if not (is_staff(who) and self.state in OPEN and is_said(question)):
            return None
        taken = self._taken_by_himself(who)
        self.state, self.awaiting = "EN_ATTENTE", "CLIENT"
        self._ask(now)
        return self._left(who, *taken, "InformationRequested")

    def hold(self, who: Actor, now: datetime, *, reason: str, until: datetime) -> Left:
        if not (is_staff(who) and self.state in ("NOUVEAU", "EN_COURS") and is_said(reason) and until > now):
            return None
        taken = self._taken_by_himself(who)
        self.state, self.awaiting, self.held_until = "EN_ATTENTE", "TIERS", until
        return self._left(who, *taken, "Held")

    def resume(self, who: Actor, now: datetime) -> Left:
        is_due = who.role == "system" and self.awaiting == "TIERS" and now >= self.held_until
        if self.state != "EN_ATTENTE" or not (is_staff(who) or is_due):
            return None
        self.state, self.awaiting = "EN_COURS", None
        return self._left(who, "Resumed")

    def remind(self, who: Actor, now: datetime, *, information_days: int, solution_days: int) -> Left:
        days = {"EN_ATTENTE": information_days, "RESOLU": solution_days}.get(self.state, 0)
        if who.role != "system" or self.awaiting == "TIERS" or self.is_answered or self.reminded_at:
            return None
        if not days or now - self.asked_at < timedelta(days=days):
            return None
        self.reminded_at = now
        return self._left(who, "ReminderSent")

    # --- solution -----------------------------------------------------------------------------------------------------

    def resolve(self, who: Actor, now: datetime, *, solution: str) -> Left:
        if not (is_staff(who) and self.state in OPEN and is_said(solution)):
            return None
        taken = self._taken_by_himself(who)
        self._propose(who, now)
        self.is_unwanted = False
        return self._left(who, *taken, "Resolved")

    def revise_solution(self, who: Actor, now: datetime, *, solution: str) -> Left:
        if not (is_staff(who) and self.state == "RESOLU" and is_said(solution)):
            return None
        self._propose(who, now)
        return self._left(who, "SolutionRevised")

    def withdraw_solution(self, who: Actor, _now: datetime, *, reason: str) -> Left:
        if not (is_staff(who) and self.state == "RESOLU" and is_said(reason)):
            return None
        self.state = "EN_COURS"
        return self._left(who, "SolutionWithdrawn")

    def approve_solution(self, who: Actor, now: datetime, *, solution_version: int, **_: str) -> Left:
        is_last = self.state == "RESOLU" and solution_version == self.solution
        if not (self._is_voice(who) and who.account_id != self.author and is_last):
            return None
        return self._closed(who, now, "SolutionApproved")

    def record_approval(self, who: Actor, now: datetime, *, note: str) -> Left:
        if not (is_staff(who) and self.state == "RESOLU" and is_said(note)):
            return None
        return self._closed(who, now, "SolutionApprovedOnBehalf")

    def refuse_solution(
        self, who: Actor, _now: datetime, *, solution_version: int, reason: str, files: Sequence[File]
    ) -> Left:
        is_last = self.state == "RESOLU" and solution_version == self.solution
        if not (self._is_voice(who) and is_last and is_said(reason) and len(files) <= 5):
            return None
        self.state = "EN_COURS" if self.assignee else "NOUVEAU"
        return self._left(who, "SolutionRefused", files=files)

    def auto_close(self, who: Actor, now: datetime, *, delay_days: int) -> Left:
        is_over = delay_days > 0 and now - self.asked_at >= timedelta(days=delay_days)
        had_notice = self.reminded_at is not None and now - self.reminded_at >= NOTICE
        if who.role != "system" or self.state != "RESOLU" or self.is_followed_up or not (is_over and had_notice):
            return None
        return self._closed(who, now, "AutoClosed")

    def reopen(self, who: Actor, now: datetime, *, reason: str, window_days: int) -> Left:
        is_in_time = self.state == "CLOTURE" and now - self.closed_at <= timedelta(days=window_days)
        if not ((self._is_voice(who) or is_staff(who)) and is_in_time and is_said(reason)):
            return None
        self.state = "EN_COURS" if self.assignee else "NOUVEAU"
        return self._left(who, "Reopened")

    # --- withdrawing, people ------------------------------------------------------------------------------------------

    def cancel(self, who: Actor, _now: datetime, **_: str) -> Left:
        is_requester = self._is_voice(who) and who.account_id == self.requester
        if not is_requester or self.state != "NOUVEAU" or self.is_touched:
            return None
        self.state = "ANNULE"
        return self._left(who, "Cancelled")

    def request_cancellation(self, who: Actor, _now: datetime, **_: str) -> Left:
        is_begun = self.state in ("EN_COURS", "EN_ATTENTE") or (self.state == "NOUVEAU" and self.is_touched)
        if not self._is_voice(who) or not is_begun or self.is_unwanted:
            return None
        self.is_unwanted = True
        return self._left(who, "CancellationRequested")

    def confirm_cancellation(self, who: Actor, _now: datetime) -> Left:
        if not (is_staff(who) and self.state in OPEN and self.is_unwanted):
            return None
        self.state, self.awaiting = "ANNULE", None
        return self._left(who, "Cancelled")

    def decline_cancellation(self, who: Actor, _now: datetime, *, reason: str) -> Left:
        if not (is_staff(who) and self.state in OPEN and self.is_unwanted and is_said(reason)):
            return None
        self.is_unwanted = False
        return self._left(who, "CancellationDeclined")

    def add_watcher(self, who: Actor, _now: datetime, *, watcher: Actor) -> Left:
        is_new = watcher.account_id not in self.watchers | {self.requester}
        if not (is_staff(who) and self.state != "ANNULE" and self._is_colleague(watcher) and is_new):
            return None
        self.watchers.add(watcher.account_id)
        return self._left(who, "WatcherAdded")

    def remove_watcher(self, who: Actor, _now: datetime, *, watcher: Actor) -> Left:
        if not (is_staff(who) and self.state != "ANNULE" and watcher.account_id in self.watchers):
            return None
        self.watchers.remove(watcher.account_id)
        return self._left(who, "WatcherRemoved")

    def change_requester(self, who: Actor, _now: datetime, *, requester: Actor) -> Left:
        is_other = self._is_colleague(requester) and requester.account_id != self.requester
        if not (is_staff(who) and self.state != "ANNULE" and is_other):
            return None
        self.requester = requester.account_id
        self.watchers.discard(requester.account_id)
        return self._left(who, "RequesterChanged")

    # --- shared -------------------------------------------------------------------------------------------------------

    def _is_colleague(self, person: Actor) -> bool:
        return is_customer(person) and person.organisation_id == self.organisation

    def _is_voice(self, who: Actor) -> bool:
        return self._is_colleague(who) and (who.role == "company" or who.account_id == self.requester)

    def _taken_by(self, assignee: str) -> list[str]:
        self.assignee = assignee
        self.state = "EN_COURS" if self.state == "NOUVEAU" else self.state
        return ["Assigned"]

    def _taken_by_himself(self, who: Actor) -> list[str]:
        return [] if self.assignee else self._taken_by(who.account_id)

    def _ask(self, now: datetime) -> None:
        self.asked_at, self.reminded_at = now, None
        self.is_answered = self.is_followed_up = False

    def _propose(self, who: Actor, now: datetime) -> None:
        self.state, self.awaiting, self.author = "RESOLU", None, who.account_id
        self.solution += 1
        self._ask(now)

    def _closed(self, who: Actor, now: datetime, name: str) -> Left:
        self.state, self.closed_at = "CLOTURE", now
        return self._left(who, name)

    def _left(self, who: Actor, *names: str, files: Sequence[File] = (), touches: bool = True) -> Left:
        self.is_touched = self.is_touched or (touches and is_staff(who))
        self.files += [file.file_id for file in files]
        left = [*names, *("AttachmentAdded" for _ in files)]
        self.version += len(left)
        return left
