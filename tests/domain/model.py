"""A second implementation of the ticket, for the state machine.

Each command returns the names of the events it records, or None if it is refused. The model shares no code with the
ticket but the value types.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from izarlink_tickets.domain.vocabulary import Actor, Category, File, Service

EventNames = list[str] | None

# Commands that depend on the version of the ticket that was read; follow-ups do not.
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


def has_text(text: str) -> bool:
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
        self.staff_has_acted = self.cancellation_is_requested = False
        self.solution, self.author = 0, ""
        self.asked_at = self.closed_at = self.held_until = datetime.min.replace(tzinfo=UTC)
        self.reminded_at: datetime | None = None
        self.closes_on: date | None = None
        self.is_answered = self.is_followed_up = self.is_reported = False

    @property
    def priority(self) -> int:
        _, _, urgency, impact = self.qualification
        return impact if urgency is None else int(PRIORITIES[urgency][impact - 1])

    # --- opening, qualifying ------------------------------------------------------------------------------------------

    def open(
        self, actor: Actor, _now: datetime, *, requester: Actor, category: Category, files: Sequence[File], **form: Any
    ) -> EventNames:
        organisation, service, urgency = requester.organisation_id, form["service"], form["urgency"]
        is_allowed = is_staff(actor) or (is_customer(actor) and actor.account_id == requester.account_id)
        is_urgency_fine = urgency is None if category.code in DEMANDES else urgency in (3, 4)
        is_service_fine = service is None or (service.is_active and service.organisation_id == organisation)
        is_form_fine = len(form["title"].strip()) >= 3 and has_text(form["description"]) and len(files) <= 5
        if not (is_allowed and is_customer(requester) and is_urgency_fine and is_service_fine and is_form_fine):
            return None
        self.state, self.requester, self.organisation = "NOUVEAU", requester.account_id, organisation or ""
        self.qualification = (category.code, id_of(service), urgency, IMPACTS[category.code])
        return self._recorded(actor, "Opened", files=files, is_staff_action=False)

    def requalify(
        self, actor: Actor, _now: datetime, *, category: Category, service: Service | None, reason: str, **new: Any
    ) -> EventNames:
        urgency, impact = new["urgency"], new["impact"]
        code, service_id, _, _ = self.qualification
        is_demande = category.code in DEMANDES
        is_urgency_fine = urgency is None if is_demande else urgency in (1, 2, 3, 4, 5)
        is_service_fine = service is None or (
            service.organisation_id == self.organisation and (service.is_active or service.service_id == service_id)
        )
        is_reason_fine = has_text(reason) or is_demande == (code in DEMANDES)
        if not (is_staff(actor) and self.state in OPEN and is_urgency_fine and is_service_fine and is_reason_fine):
            return None
        after = (category.code, id_of(service), urgency, impact)
        if not 1 <= impact <= 5 or after == self.qualification:
            return None
        self.qualification = after
        return self._recorded(actor, "Requalified")

    def assign(self, actor: Actor, _now: datetime, *, assignee: Actor) -> EventNames:
        is_other = is_staff(assignee) and assignee.account_id != self.assignee
        if not (is_staff(actor) and self.state in OPEN | {"RESOLU"} and is_other):
            return None
        return self._recorded(actor, *self._assigned_to(assignee.account_id))

    # --- talking, waiting ---------------------------------------------------------------------------------------------

    def add_follow_up(self, actor: Actor, _now: datetime, *, text: str, files: Sequence[File]) -> EventNames:
        is_complete = (has_text(text) or files) and len(files) <= 5
        is_allowed = self._decides(actor) or is_staff(actor)
        if not (is_allowed and self.state in OPEN | {"RESOLU"} and is_complete):
            return None
        self.is_followed_up = True
        self.is_answered = self.is_answered or self._decides(actor)
        names = self._recorded(actor, "FollowUpAdded", files=files) or []
        if self._decides(actor) and self.awaiting == "CLIENT":
            self.state, self.awaiting = "EN_COURS", None
            names += self._recorded(actor, "Resumed") or []
        return names

    def add_internal_note(self, actor: Actor, _now: datetime, *, text: str, mentioned: Sequence[Actor]) -> EventNames:
        if not (is_staff(actor) and self.state != "ANNULE" and has_text(text) and all(map(is_staff, mentioned))):
            return None
        return self._recorded(actor, "InternalNoteAdded", is_staff_action=False)

    def request_information(self, actor: Actor, now: datetime, *, question: str) -> EventNames:
        if not (is_staff(actor) and self.state in OPEN and has_text(question)):
            return None
        assigned = self._assigned_to_actor(actor)
        self.state, self.awaiting = "EN_ATTENTE", "CLIENT"
        self._ask(now)
        return self._recorded(actor, *assigned, "InformationRequested")

    def hold(self, actor: Actor, now: datetime, *, reason: str, until: datetime) -> EventNames:
        if not (is_staff(actor) and self.state in ("NOUVEAU", "EN_COURS") and has_text(reason) and until > now):
            return None
        assigned = self._assigned_to_actor(actor)
        self.state, self.awaiting, self.held_until = "EN_ATTENTE", "TIERS", until
        return self._recorded(actor, *assigned, "Held")

    def resume(self, actor: Actor, now: datetime) -> EventNames:
        is_due = actor.role == "system" and self.awaiting == "TIERS" and now >= self.held_until
        if self.state != "EN_ATTENTE" or not (is_staff(actor) or is_due):
            return None
        self.state, self.awaiting = "EN_COURS", None
        return self._recorded(actor, "Resumed")

    def remind(
        self, actor: Actor, now: datetime, *, information_days: int, solution_days: int, closes_on: date | None
    ) -> EventNames:
        days = {"EN_ATTENTE": information_days, "RESOLU": solution_days}.get(self.state, 0)
        day = closes_on if self.state == "RESOLU" and not self.is_followed_up else None
        names_another = day is not None and (self.closes_on is None or day > self.closes_on)
        if actor.role != "system" or self.awaiting == "TIERS" or self.is_answered:
            return None
        if (self.reminded_at and not names_another) or not days or now - self.asked_at < timedelta(days=days):
            return None
        self.reminded_at, self.closes_on, self.is_reported = now, day, False
        return self._recorded(actor, "ReminderSent")

    def report_silence(self, actor: Actor, now: datetime, *, cause: str) -> EventNames:
        had_notice = self.reminded_at is not None and now - self.reminded_at >= NOTICE
        if actor.role != "system" or not self._awaits_customer or self.is_answered or self.is_reported:
            return None
        if cause != "account-closed" and not had_notice:
            return None
        self.is_reported = True
        return self._recorded(actor, "SilenceReported")

    def restart_wait(self, actor: Actor, now: datetime) -> EventNames:
        is_ahead = self.asked_at > now or (self.reminded_at is not None and self.reminded_at > now)
        if actor.role != "system" or not self._awaits_customer or not is_ahead:
            return None
        self._ask(now)
        return self._recorded(actor, "WaitRestarted")

    @property
    def _awaits_customer(self) -> bool:
        return self.state == "RESOLU" or self.awaiting == "CLIENT"

    # --- solution -----------------------------------------------------------------------------------------------------

    def resolve(self, actor: Actor, now: datetime, *, solution: str) -> EventNames:
        if not (is_staff(actor) and self.state in OPEN and has_text(solution)):
            return None
        assigned = self._assigned_to_actor(actor)
        self._propose(actor, now)
        self.cancellation_is_requested = False
        return self._recorded(actor, *assigned, "Resolved")

    def revise_solution(self, actor: Actor, now: datetime, *, solution: str) -> EventNames:
        if not (is_staff(actor) and self.state == "RESOLU" and has_text(solution)):
            return None
        self._propose(actor, now)
        return self._recorded(actor, "SolutionRevised")

    def withdraw_solution(self, actor: Actor, _now: datetime, *, reason: str) -> EventNames:
        if not (is_staff(actor) and self.state == "RESOLU" and has_text(reason)):
            return None
        self.state = "EN_COURS"
        return self._recorded(actor, "SolutionWithdrawn")

    def approve_solution(self, actor: Actor, now: datetime, *, solution_version: int, **_: str) -> EventNames:
        is_last = self.state == "RESOLU" and solution_version == self.solution
        if not (self._decides(actor) and actor.account_id != self.author and is_last):
            return None
        return self._closed(actor, now, "SolutionApproved")

    def record_approval(self, actor: Actor, now: datetime, *, note: str) -> EventNames:
        if not (is_staff(actor) and self.state == "RESOLU" and has_text(note)):
            return None
        return self._closed(actor, now, "SolutionApprovedOnBehalf")

    def refuse_solution(
        self, actor: Actor, _now: datetime, *, solution_version: int, reason: str, files: Sequence[File]
    ) -> EventNames:
        is_last = self.state == "RESOLU" and solution_version == self.solution
        if not (self._decides(actor) and is_last and has_text(reason) and len(files) <= 5):
            return None
        self.state = "EN_COURS" if self.assignee else "NOUVEAU"
        return self._recorded(actor, "SolutionRefused", files=files)

    def auto_close(self, actor: Actor, now: datetime, *, delay_days: int, today: date) -> EventNames:
        is_over = delay_days > 0 and self.closes_on is not None and today >= self.closes_on
        had_notice = self.reminded_at is not None and now - self.reminded_at >= NOTICE
        if actor.role != "system" or self.state != "RESOLU" or self.is_followed_up or not (is_over and had_notice):
            return None
        return self._closed(actor, now, "AutoClosed")

    def reopen(self, actor: Actor, now: datetime, *, reason: str, window_days: int) -> EventNames:
        is_in_time = self.state == "CLOTURE" and now - self.closed_at <= timedelta(days=window_days)
        if not ((self._decides(actor) or is_staff(actor)) and is_in_time and has_text(reason)):
            return None
        self.state = "EN_COURS" if self.assignee else "NOUVEAU"
        return self._recorded(actor, "Reopened")

    # --- withdrawing, people ------------------------------------------------------------------------------------------

    def cancel(self, actor: Actor, _now: datetime, **_: str) -> EventNames:
        is_requester = self._decides(actor) and actor.account_id == self.requester
        if not is_requester or self.state != "NOUVEAU" or self.staff_has_acted:
            return None
        self.state = "ANNULE"
        return self._recorded(actor, "Cancelled")

    def request_cancellation(self, actor: Actor, _now: datetime, **_: str) -> EventNames:
        is_begun = self.state in ("EN_COURS", "EN_ATTENTE") or (self.state == "NOUVEAU" and self.staff_has_acted)
        if not self._decides(actor) or not is_begun or self.cancellation_is_requested:
            return None
        self.cancellation_is_requested = True
        return self._recorded(actor, "CancellationRequested")

    def withdraw_cancellation_request(self, actor: Actor, _now: datetime) -> EventNames:
        if not (self._decides(actor) and self.state in OPEN and self.cancellation_is_requested):
            return None
        self.cancellation_is_requested = False
        return self._recorded(actor, "CancellationRequestWithdrawn")

    def confirm_cancellation(self, actor: Actor, _now: datetime) -> EventNames:
        if not (is_staff(actor) and self.state in OPEN and self.cancellation_is_requested):
            return None
        self.state, self.awaiting = "ANNULE", None
        return self._recorded(actor, "Cancelled")

    def decline_cancellation(self, actor: Actor, _now: datetime, *, reason: str) -> EventNames:
        if not (is_staff(actor) and self.state in OPEN and self.cancellation_is_requested and has_text(reason)):
            return None
        self.cancellation_is_requested = False
        return self._recorded(actor, "CancellationDeclined")

    def add_watcher(self, actor: Actor, _now: datetime, *, watcher: Actor) -> EventNames:
        is_new = watcher.account_id not in self.watchers | {self.requester}
        if not (
            (is_staff(actor) or self._decides(actor))
            and self.state != "ANNULE"
            and self._is_colleague(watcher)
            and is_new
        ):
            return None
        self.watchers.add(watcher.account_id)
        return self._recorded(actor, "WatcherAdded")

    def remove_watcher(self, actor: Actor, _now: datetime, *, watcher: Actor) -> EventNames:
        if not (
            (is_staff(actor) or self._decides(actor)) and self.state != "ANNULE" and watcher.account_id in self.watchers
        ):
            return None
        self.watchers.remove(watcher.account_id)
        return self._recorded(actor, "WatcherRemoved")

    def change_requester(self, actor: Actor, now: datetime, *, requester: Actor) -> EventNames:
        is_other = self._is_colleague(requester) and requester.account_id != self.requester
        if not (is_staff(actor) and self.state != "ANNULE" and is_other):
            return None
        self.requester = requester.account_id
        self.watchers.discard(requester.account_id)
        self._ask(now)
        return self._recorded(actor, "RequesterChanged")

    # --- shared -------------------------------------------------------------------------------------------------------

    def _is_colleague(self, person: Actor) -> bool:
        return is_customer(person) and person.organisation_id == self.organisation

    def _decides(self, actor: Actor) -> bool:
        return self._is_colleague(actor) and (actor.role == "company" or actor.account_id == self.requester)

    def _assigned_to(self, assignee: str) -> list[str]:
        self.assignee = assignee
        self.state = "EN_COURS" if self.state == "NOUVEAU" else self.state
        return ["Assigned"]

    def _assigned_to_actor(self, actor: Actor) -> list[str]:
        return [] if self.assignee else self._assigned_to(actor.account_id)

    def _ask(self, now: datetime) -> None:
        self.asked_at, self.reminded_at, self.closes_on = now, None, None
        self.is_answered = self.is_followed_up = self.is_reported = False

    def _propose(self, actor: Actor, now: datetime) -> None:
        self.state, self.awaiting, self.author = "RESOLU", None, actor.account_id
        self.solution += 1
        self._ask(now)

    def _closed(self, actor: Actor, now: datetime, name: str) -> EventNames:
        self.state, self.closed_at = "CLOTURE", now
        return self._recorded(actor, name)

    def _recorded(
        self, actor: Actor, *names: str, files: Sequence[File] = (), is_staff_action: bool = True
    ) -> EventNames:
        self.staff_has_acted = self.staff_has_acted or (is_staff_action and is_staff(actor))
        self.files += [file.file_id for file in files]
        recorded = [*names, *("AttachmentAdded" for _ in files)]
        self.version += len(recorded)
        return recorded
