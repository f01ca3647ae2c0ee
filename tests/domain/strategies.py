"""Commands that the state machine draws, sensible and senseless ones."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from tests.domain.model import DEMANDES
from tests.domain.people import (
    ACTORS,
    ALICE,
    BOB,
    DENIS,
    ETXEA,
    FIBRE,
    GARAGE_LINE,
    NORA,
    OLD_LINE,
    PHOTO,
    REPORT,
    ROOT,
    SAM,
)

from izarlink_tickets.domain.vocabulary import GUIDE_CATEGORIES, SYSTEM, Actor, Category, Role, SilenceCause, Urgency

Strategy = st.SearchStrategy
DrawnCommand = tuple[str, Actor, dict[str, Any]]

SECRET = "note interne"

texts = st.sampled_from(["Un mot.", "Deux mots.", "Trois mots.", "Quatre mots.", " \n"])
files = st.sampled_from([(), (), (PHOTO,), (PHOTO, REPORT), (PHOTO,) * 6])
# The author of a solution may become a customer before it is approved.
SAM_AT_ETXEA = replace(SAM, role=Role.COMPANY, organisation_id=ETXEA)
people = st.sampled_from([*ACTORS.values(), NORA, ROOT, SAM_AT_ETXEA, SAM_AT_ETXEA])
staff = st.sampled_from([SAM, NORA, ROOT]) | people
colleagues = st.sampled_from([BOB, DENIS, ALICE]) | people
services = st.sampled_from([None, FIBRE, FIBRE, OLD_LINE, GARAGE_LINE])
categories = st.sampled_from(list(GUIDE_CATEGORIES.values()))
urgencies = st.sampled_from([None, *Urgency])
impacts = st.sampled_from([0, 1, 2, 3, 4, 5, 6])
near = st.sampled_from([0, 0, 0, 0, -1, 1])
# Relative to the ticket's version.
SEEN = st.sampled_from([None, None, None, 0, 0, 0, 0, -1])

# Of all but `requalify`. `solution_version` is relative to the last one, `until`, `today` and
# `closes_on` to now, in days.
ARGUMENTS: dict[str, dict[str, Strategy[Any]]] = {
    "assign": {"assignee": staff},
    "add_follow_up": {"text": texts, "files": files},
    "add_internal_note": {
        "text": st.sampled_from([SECRET, SECRET, " "]),
        "mentioned": st.sampled_from([(), (NORA,), (NORA, ROOT), (NORA, ALICE)]),
    },
    "request_information": {"question": texts},
    "remind": {
        "information_days": st.sampled_from([0, 2, 2, 2]),
        "solution_days": st.sampled_from([0, 1, 1, 1, 3]),
        "closes_on": st.sampled_from([None, 2, 3, 3, 30]),
    },
    "report_silence": {"cause": st.sampled_from(SilenceCause)},
    "restart_wait": {},
    "hold": {"reason": texts, "until": st.sampled_from([-1, 0, 1, 5])},
    "resume": {},
    "resolve": {"solution": texts},
    "revise_solution": {"solution": texts},
    "withdraw_solution": {"reason": texts},
    "approve_solution": {"solution_version": near, "comment": texts},
    "record_approval": {"note": texts},
    "refuse_solution": {"solution_version": near, "reason": texts, "files": files},
    "auto_close": {"delay_days": st.sampled_from([0, 2, 2, 3]), "today": st.sampled_from([-1, 0, 0, 0, 1])},
    "reopen": {"reason": texts, "window_days": st.just(14)},
    "cancel": {"reason": texts},
    "request_cancellation": {"reason": texts},
    "withdraw_cancellation_request": {},
    "confirm_cancellation": {},
    "decline_cancellation": {"reason": texts},
    "add_watcher": {"watcher": colleagues},
    "remove_watcher": {"watcher": st.sampled_from([BOB, DENIS])},
    "change_requester": {"requester": colleagues},
}

BY_CUSTOMER = {
    *("approve_solution", "refuse_solution", "cancel", "request_cancellation", "withdraw_cancellation_request"),
    *("add_follow_up", "reopen"),
}
BY_SYSTEM = {"remind", "report_silence", "restart_wait", "auto_close", "resume"}

AT_ANY_TIME = ["add_internal_note", "add_watcher", "remove_watcher", "remove_watcher", "change_requester"]
AT_WORK = [
    "request_cancellation",
    "withdraw_cancellation_request",
    "confirm_cancellation",
    "decline_cancellation",
    "resolve",
    "assign",
]
SENSIBLE = {
    "NOUVEAU": [
        *("assign", "requalify", "request_information", "hold", "resolve", "cancel"),
        *("add_follow_up", "request_cancellation", *AT_ANY_TIME),
    ],
    "EN_COURS": ["requalify", "request_information", "hold", "add_follow_up", *AT_WORK, *AT_ANY_TIME],
    "EN_ATTENTE": [
        "remind",
        "report_silence",
        "restart_wait",
        "resume",
        "add_follow_up",
        "request_information",
        "requalify",
        *AT_WORK,
    ],
    "RESOLU": [
        *["remind"] * 4,
        *["auto_close"] * 6,
        *("report_silence", "report_silence", "restart_wait"),
        *("approve_solution", "record_approval", "refuse_solution"),
        *("revise_solution", "withdraw_solution", "add_follow_up"),
    ],
    "CLOTURE": ["reopen", "reopen", "reopen", *AT_ANY_TIME],
    "ANNULE": ["add_internal_note"],
}


def _actors_of(command: str) -> Strategy[Actor]:
    usual = st.just(SYSTEM) if command in BY_SYSTEM else st.sampled_from([SAM, NORA, ROOT])
    if command in BY_CUSTOMER:
        usual = st.sampled_from([ALICE, ALICE, BOB])
    return usual | usual | people


def _requalification(category: Category) -> Strategy[dict[str, Any]]:
    fitting = st.none() if category.code in DEMANDES else st.sampled_from(Urgency)
    choices = {"category": st.just(category), "service": services, "impact": impacts, "reason": texts}
    return st.fixed_dictionaries({**choices, "urgency": fitting | fitting | urgencies})


_ARGUMENTS = {command: st.fixed_dictionaries(arguments) for command, arguments in ARGUMENTS.items()} | {
    "requalify": categories.flatmap(_requalification)
}
_COMMANDS: dict[str, Strategy[DrawnCommand]] = {
    command: st.tuples(st.just(command), _actors_of(command), arguments) for command, arguments in _ARGUMENTS.items()
}

COMMANDS_IN: dict[str, Strategy[DrawnCommand]] = {
    state: st.sampled_from(commands * 4 + list(_COMMANDS)).flatmap(_COMMANDS.__getitem__)
    for state, commands in SENSIBLE.items()
}


def _good_form_for(category: Category) -> Strategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "requester": st.just(ALICE),
            "category": st.just(category),
            "service": st.sampled_from([None, FIBRE]),
            "urgency": st.none() if category.code in DEMANDES else st.sampled_from([Urgency.MEDIUM, Urgency.HIGH]),
            "title": st.just("Plus rien"),
            "description": st.just("Depuis 5 h."),
            "files": st.sampled_from([(), (PHOTO,)]),
        }
    )


_GOOD_FORMS = categories.flatmap(_good_form_for)
_FLAWS: dict[str, Strategy[Any]] = {
    "requester": people,
    "category": categories,
    "service": services,
    "urgency": urgencies,
    "title": st.sampled_from([" a ", ""]),
    "description": st.just(" "),
    "files": files,
}
_flaws = st.sampled_from(list(_FLAWS)).flatmap(lambda name: st.fixed_dictionaries({name: _FLAWS[name]}))
_FORMS = _GOOD_FORMS | st.builds(lambda form, flaw: form | flaw, _GOOD_FORMS, _flaws)

OPENINGS = st.tuples(st.sampled_from([ALICE, SAM]) | st.sampled_from([ALICE, SAM]) | people, _FORMS)
