"""Security events in the words of OCSF, the Open Cybersecurity Schema Framework.

An event of an account and a line of the security log become one OCSF event each, with ids and codes alone.
Source: https://schema.ocsf.io/1.8.0, classes 3001, 3002, 3004, 3005 and 4002.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from importlib.metadata import version
from typing import Any, NamedTuple

from izarlink_tickets.domain import account as facts
from izarlink_tickets.domain.account import AccountEvent, DirectoryEvent
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.security_log import ORDINARY, Reason

SCHEMA_VERSION = "1.8.0"
PRODUCT = "izarlink-tickets"
_OTHER = 99
_INFORMATIONAL, _MEDIUM = 1, 3
_SUCCESS, _FAILURE = 1, 2
_DENIED, _BLOCKED = 2, 2
_USER_TYPES = {Role.ADMINISTRATOR.value: 2, Role.SYSTEM.value: 3}
_ORDINARY_USER, _UNKNOWN_USER = 1, 0


class OcsfClass(IntEnum):
    """The classes in use; the first digit is the category."""

    ACCOUNT_CHANGE = 3001
    AUTHENTICATION = 3002
    ENTITY_MANAGEMENT = 3004
    USER_ACCESS_MANAGEMENT = 3005
    HTTP_ACTIVITY = 4002


class Activity(NamedTuple):
    """The activity of a class. name: OCSF's caption."""

    of_class: OcsfClass
    id: int
    name: str


_LOGON = Activity(OcsfClass.AUTHENTICATION, 1, "Logon")
_LOGOFF = Activity(OcsfClass.AUTHENTICATION, 2, "Logoff")
_LOCK = Activity(OcsfClass.ACCOUNT_CHANGE, 9, "Lock")
_FACTOR_DISABLED = Activity(OcsfClass.ACCOUNT_CHANGE, 11, "MFA Factor Disable")
_PASSWORD_RESET = Activity(OcsfClass.ACCOUNT_CHANGE, 4, "Password Reset")
_CREATE, _READ, _UPDATE = (
    Activity(OcsfClass.ENTITY_MANAGEMENT, number, name) for number, name in ((1, "Create"), (2, "Read"), (3, "Update"))
)
# Every other event of an account is another change of it.
_ACCOUNT_ACTIVITIES: Mapping[type[AccountEvent], Activity] = {
    facts.SignedIn: _LOGON,
    facts.SessionsEnded: _LOGOFF,
    facts.AccountCreated: Activity(OcsfClass.ACCOUNT_CHANGE, 1, "Create"),
    facts.Reactivated: Activity(OcsfClass.ACCOUNT_CHANGE, 2, "Enable"),
    facts.PasswordChanged: Activity(OcsfClass.ACCOUNT_CHANGE, 3, "Password Change"),
    facts.InitialPasswordIssued: _PASSWORD_RESET,
    facts.Deactivated: Activity(OcsfClass.ACCOUNT_CHANGE, 5, "Disable"),
    facts.Locked: _LOCK,
    facts.SecondFactorAdded: Activity(OcsfClass.ACCOUNT_CHANGE, 10, "MFA Factor Enable"),
    facts.SecondFactorRemoved: _FACTOR_DISABLED,
    facts.SecondFactorReset: _FACTOR_DISABLED,
    facts.RoleChanged: Activity(OcsfClass.USER_ACCESS_MANAGEMENT, 1, "Assign Privileges"),
    facts.OrganisationCreated: _CREATE,
    facts.ServiceCreated: _CREATE,
    facts.CategoryCreated: _CREATE,
    facts.DirectoryExported: _READ,
}
_SIGN_IN_REASONS = frozenset(
    {
        Reason.SIGNED_IN,
        Reason.WRONG_CREDENTIALS,
        Reason.WRONG_CURRENT_PASSWORD,
        Reason.EXPIRED_INITIAL_PASSWORD,
        Reason.WRONG_SECOND_FACTOR,
        Reason.PASSKEY_CLONED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.INVALID_LINK,
        Reason.PROVIDER_UNAVAILABLE,
        Reason.SIGN_ON_REJECTED,
        Reason.SIGN_ON_NOT_ENTITLED,
        Reason.SINGLE_SIGN_ON_REQUIRED,
        Reason.BREAK_GLASS_USED,
    }
)
_REASON_ACTIVITIES: Mapping[Reason, Activity] = {
    **dict.fromkeys(_SIGN_IN_REASONS, _LOGON),
    Reason.SIGNED_OUT: _LOGOFF,
    Reason.ACCOUNT_LOCKED: _LOCK,
    Reason.RESET_REQUESTED: _PASSWORD_RESET,
    Reason.SECOND_FACTOR_AWAITED: Activity(OcsfClass.AUTHENTICATION, _OTHER, "Second Factor Awaited"),
    Reason.MASTER_KEY_CHANGED: _UPDATE,
}
_HTTP_METHODS = ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE", "PATCH")
_SUCCEEDED = frozenset(
    {
        Reason.SIGNED_IN,
        Reason.SIGNED_OUT,
        Reason.SECOND_FACTOR_AWAITED,
        Reason.RESET_REQUESTED,
        Reason.BREAK_GLASS_USED,
        Reason.MASTER_KEY_CHANGED,
    }
)
# What an event of the account tells, too: exported once, from the log that can't be lost.
_ALSO_EVENTS = frozenset({Reason.SIGNED_IN, Reason.ACCOUNT_LOCKED})


def ocsf_of_event(event: AccountEvent, *, host: str) -> dict[str, Any]:
    """Return the OCSF event of an account event. host: of the portal."""
    other = (
        _UPDATE
        if isinstance(event, DirectoryEvent)
        else Activity(OcsfClass.ACCOUNT_CHANGE, _OTHER, type(event).__name__)
    )
    activity = _ACCOUNT_ACTIVITIES.get(type(event), other)
    account_id = str(event.originator_id)
    return (
        _head(activity, event.timestamp, is_ordinary=not isinstance(event, facts.Locked))
        | _metadata("events", event.TOPIC, uid=f"{account_id}/{event.originator_version}", request=event.command_id)
        | {
            "status_id": _SUCCESS,
            "actor": {"user": _user(event.actor_id, event.role), "app_name": event.channel},
            "dst_endpoint": {"hostname": host},
        }
        | _object(event, activity, account_id)
    )


def ocsf_of_line(line: Mapping[str, Any], *, host: str) -> dict[str, Any] | None:
    """Return the OCSF event of a line of the security log.

    None for what an account event tells, too.
    Raises: ValueError, KeyError, TypeError: it is no line of the security log.
    """
    reason, at = Reason(line["reason"]), datetime.fromisoformat(line["timestamp"])
    if reason in _ALSO_EVENTS:
        return None
    method, account_id = line["method"], line["account"]
    activity = _REASON_ACTIVITIES.get(reason) or _http_activity(method)
    event = _head(activity, at, is_ordinary=reason in ORDINARY)
    event |= _metadata("security", reason.value, uid=f"{line['request']}/{reason.value}", request=line["request"])
    event |= {
        "actor": {"user": _user(account_id)},
        "dst_endpoint": {"hostname": host},
        "http_request": {"http_method": method or "other", "uid": line["request"] or "unknown"},
        "status_detail": line["detail"] or reason.value,
    }
    if line["route"]:
        event["http_request"]["url"] = {"hostname": host, "path": line["route"]}
    if line["network"]:
        event["src_endpoint"] = {"uid": line["network"]} | ({"ip": line["address"]} if line["address"] else {})
    if activity.of_class is OcsfClass.ENTITY_MANAGEMENT:
        event["entity"] = {"type": "master key", "uid": line["detail"] or "unknown"}
    elif activity.of_class is not OcsfClass.HTTP_ACTIVITY:
        event["user"] = _user(account_id)
    return event | _outcome(reason)


def _outcome(reason: Reason) -> dict[str, Any]:
    if reason in _SUCCEEDED:
        return {"status_id": _SUCCESS}
    return {"status_id": _FAILURE, "action_id": _DENIED, "disposition_id": _BLOCKED}


def _head(activity: Activity, at: datetime, *, is_ordinary: bool) -> dict[str, Any]:
    class_uid = activity.of_class.value
    return {
        "class_uid": class_uid,
        "category_uid": class_uid // 1000,
        "activity_id": activity.id,
        "activity_name": activity.name,
        "type_uid": class_uid * 100 + activity.id,
        "severity_id": _INFORMATIONAL if is_ordinary else _MEDIUM,
        # Milliseconds since 1970, in UTC.
        "time": int(at.timestamp() * 1000),
    }


def _metadata(log: str, code: str, *, uid: str, request: str | None) -> dict[str, Any]:
    """Return the description of the source. code: the topic or the reason."""
    product = {"name": PRODUCT, "vendor_name": "IzarLink", "version": version(PRODUCT)}
    metadata = {"version": SCHEMA_VERSION, "product": product, "log_name": log, "event_code": code, "uid": uid}
    if log == "security":
        metadata["profiles"] = ["security_control"]
    return {"metadata": metadata | ({"correlation_uid": request} if request else {})}


def _object(event: AccountEvent, activity: Activity, account_id: str) -> dict[str, Any]:
    """Return the account or the record that the event is about."""
    if isinstance(event, DirectoryEvent):
        fields = ((name, getattr(event, name, None)) for name in ("service_id", "category", "organisation_id", "sheet"))
        kind, uid = next(((name.removesuffix("_id"), value) for name, value in fields if value), ("category", "all"))
        return {"entity": {"type": kind, "uid": uid}}
    role = event.account_role if isinstance(event, (facts.AccountCreated, facts.RoleChanged)) else None
    is_access = activity.of_class is OcsfClass.USER_ACCESS_MANAGEMENT
    return {"user": _user(account_id, role)} | ({"privileges": [role]} if is_access else {})


def _user(account_id: str | None, role: str | None = None) -> dict[str, Any]:
    if account_id is None:
        return {"name": "unknown", "type_id": _UNKNOWN_USER}
    return {"uid": account_id, "type_id": _USER_TYPES.get(role or "", _ORDINARY_USER)}


def _http_activity(method: str | None) -> Activity:
    if method in _HTTP_METHODS:
        return Activity(OcsfClass.HTTP_ACTIVITY, _HTTP_METHODS.index(method) + 1, method.capitalize())
    return Activity(OcsfClass.HTTP_ACTIVITY, _OTHER, "Other")
