"""The security log: a line for each sign-in, refusal and attack.

It holds codes and ids, never names, typed texts or addresses of pages. What is the same for a whole request is bound
once; callers name the reason and the account. The process decides where the lines go, the metrics count them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from enum import StrEnum

import structlog

# The event of every line, and the name of the logger.
EVENT = "security"


class Reason(StrEnum):
    """The cause of a line.

    Alerts and filters rely on the codes: never change one.
    """

    # Signing in and out.
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    WRONG_CREDENTIALS = "wrong_credentials"
    EXPIRED_INITIAL_PASSWORD = "expired_initial_password"  # noqa: S105 - a code
    WRONG_CURRENT_PASSWORD = "wrong_current_password"  # noqa: S105 - a code
    # The password was right; a code or passkey has to follow, or was wrong.
    SECOND_FACTOR_AWAITED = "second_factor_awaited"
    WRONG_SECOND_FACTOR = "wrong_second_factor"
    PASSKEY_CLONED = "passkey_cloned"
    # A sensitive command whose latest proof of identity is too old; it is asked for.
    PROOF_NEEDED = "proof_needed"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    ACCOUNT_LOCKED = "account_locked"
    RESET_REQUESTED = "reset_requested"
    INVALID_LINK = "invalid_link"
    # Single sign-on: the provider failed, its answer proved nobody, the person has no account or role here.
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    SIGN_ON_REJECTED = "sign_on_rejected"
    SIGN_ON_NOT_ENTITLED = "sign_on_not_entitled"
    # A right password of somebody who signs in by the provider; that of the account for emergencies.
    SINGLE_SIGN_ON_REQUIRED = "single_sign_on_required"
    BREAK_GLASS_USED = "break_glass_used"
    # Sessions: a page without one, with one that has ended, with a cookie that isn't ours.
    SIGN_IN_REQUIRED = "sign_in_required"
    SESSION_ENDED = "session_ended"
    FORGED_COOKIE = "forged_cookie"
    # Rights: a page or command of another role; another company's object, and one that doesn't exist.
    FORBIDDEN = "forbidden"
    WITHHELD = "withheld"
    MISSING_OBJECT = "missing_object"
    UNKNOWN_PATH = "unknown_path"
    # Requests.
    FOREIGN_HOST = "foreign_host"
    FORGED_ORIGIN = "forged_origin"
    MISSING_TOKEN = "missing_token"  # noqa: S105 - a code
    MALFORMED_REQUEST = "malformed_request"
    TOO_LARGE = "too_large"
    UNEXPECTED_MEDIA_TYPE = "unexpected_media_type"
    UNEXPECTED_VALUE = "unexpected_value"
    # Files.
    FILE_REFUSED = "file_refused"
    FILE_INFECTED = "file_infected"
    # A customer's account beyond what it may do within an hour; its company's files.
    HOURLY_LIMIT = "hourly_limit"
    QUOTA = "quota"
    # By the operator.
    MASTER_KEY_CHANGED = "master_key_changed"


# Everyday life: people sign in, their sessions end, forms get old.
ORDINARY = frozenset(
    {
        Reason.SIGNED_IN,
        Reason.SIGNED_OUT,
        Reason.SECOND_FACTOR_AWAITED,
        Reason.PROOF_NEEDED,
        Reason.RESET_REQUESTED,
        Reason.SIGN_IN_REQUIRED,
        Reason.SESSION_ENDED,
        Reason.MISSING_TOKEN,
        Reason.FILE_REFUSED,
    }
)


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """The request that lines are about.

    route: the rule of its address, without values; None where no rule matches.
    network: a keyed hash of the client's network. address: in clear, None unless the setting asks for it.
    """

    route: str | None
    method: str
    request: str
    network: str
    address: str | None = None


_NO_REQUEST = dict.fromkeys(RequestOrigin.__dataclass_fields__)
_is_muted = ContextVar("security_log_is_muted", default=False)
_origin: ContextVar[RequestOrigin | None] = ContextVar("security_log_origin", default=None)
# The log's level doesn't apply: an operator who wants fewer lines doesn't want fewer of these.
_log = structlog.wrap_logger(
    None, wrapper_class=structlog.make_filtering_bound_logger("debug"), logger_factory_args=(EVENT,)
)


def bind_request(origin: RequestOrigin) -> None:
    """Set the request that this thread's lines are about."""
    _origin.set(origin)


def unbind_request() -> None:
    _origin.set(None)


@contextmanager
def muted() -> Iterator[None]:
    """Write no lines inside the block, as for invented sign-ins."""
    token = _is_muted.set(True)
    try:
        yield
    finally:
        _is_muted.reset(token)


def record(reason: Reason, *, account_id: str | None = None, detail: str | None = None) -> None:
    """Write a line to the security log.

    account_id: the acting or, before signing in, the attacked account; None where it is unknown.
    detail: a code, such as the name of a limit; never what somebody typed.
    """
    if _is_muted.get():
        return
    origin = _origin.get()
    write = _log.info if reason in ORDINARY else _log.warning
    write(
        EVENT,
        reason=reason.value,
        detail=detail,
        account=account_id,
        **(asdict(origin) if origin else _NO_REQUEST),
    )
