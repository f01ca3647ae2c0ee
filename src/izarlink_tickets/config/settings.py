"""All settings, read once from the environment, checked and frozen.

Nothing is read at import. A refusal is one sentence with the variable's name, and without its value.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from izarlink_tickets.config import checks
from izarlink_tickets.failpoints import Point

PREFIX = "IZARLINK_"
FILE_SUFFIX = "_FILE"
SMTP_PORT, SMTPS_PORT = 25, 465
# 2 MiB. Source: the guide, « maximum 2 Mo ».
DEFAULT_ATTACHMENT_MAX_BYTES = 2_097_152
# A hundred of the largest files an hour, and 2,500 for a customer: far above what people send.
DEFAULT_UPLOAD_BYTES_PER_HOUR = 100 * DEFAULT_ATTACHMENT_MAX_BYTES
DEFAULT_CUSTOMER_QUOTA_BYTES = 2_500 * DEFAULT_ATTACHMENT_MAX_BYTES
# A file is sealed in one piece: several larger ones would exceed the memory of a small machine.
ATTACHMENT_CEILING_BYTES = 33_554_432
# Registered at the OpenID provider.
OIDC_REDIRECT_PATH, SIGN_IN_PATH = "/connexion/izarlink/retour", "/connexion"
NOT_AVAILABLE_YET = ("DATABASE_REPLICA_URL",)


class SettingsError(Exception):
    """A setting is unknown, missing or invalid; the message names it."""


@dataclass(frozen=True)
class MailFolder:
    """A folder that mails are written to as .eml files."""

    path: Path


@dataclass(frozen=True)
class SmtpServer:
    """The SMTP server. demands_tls: only with a verified certificate."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    is_tls_from_start: bool
    demands_tls: bool


@dataclass(frozen=True)
class OidcSettings:
    """The OpenID provider that staff sign in with.

    roles: which value of the claim stands for which role; of several, the first counts.
    multi_factor_acr: values of « acr » that stand for several factors.
    redirect_uri, sign_out_uri: where the provider sends people back.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: str
    role_claim: str
    roles: tuple[tuple[str, str], ...]
    multi_factor_acr: tuple[str, ...]
    creates_accounts: bool
    redirect_uri: str
    sign_out_uri: str


Key = Annotated[bytes | None, BeforeValidator(checks.key), Field(repr=False)]
Keys = Annotated[tuple[bytes, ...], BeforeValidator(checks.keys), Field(repr=False)]
Days = Annotated[int, Field(ge=0, le=3650)]
Hourly = Annotated[int, Field(ge=0, le=1_000_000)]
Bytes = Annotated[int, Field(ge=0, le=2**60)]
Processes = Annotated[int, Field(ge=1, le=256)]


class Settings(BaseModel):
    """All settings. Their order matters: a default may depend on earlier settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: Annotated[Path, AfterValidator(Path.absolute)] = Field(Path("var"), validate_default=True)
    bind: Annotated[str, AfterValidator(checks.bind)] = "127.0.0.1:8000"
    base_url: Annotated[str, AfterValidator(checks.base_url)] = Field(
        default_factory=lambda data: f"http://{data['bind']}"
    )
    trusted_hosts: Annotated[
        tuple[str, ...], BeforeValidator(checks.parts), AfterValidator(checks.with_loopback_names)
    ] = Field(default_factory=lambda data: (urlsplit(data["base_url"]).hostname,), validate_default=True)
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(checks.parts)] = ()
    database_url: Annotated[str, AfterValidator(checks.database_url)] = Field(
        default_factory=lambda data: f"sqlite:///{quote(str(data['data_dir'] / 'izarlink.db'))}", repr=False
    )
    workers: Processes = 2
    threads: Processes = 4
    second_factor: Literal["staff", "off"] = "staff"
    # All three or none. The issuer comes last, as its check needs the others.
    oidc_client_id: Annotated[str, AfterValidator(checks.line)] | None = None
    oidc_client_secret: Annotated[str | None, Field(repr=False)] = None
    oidc_issuer: Annotated[str | None, AfterValidator(checks.issuer)] = Field(None, validate_default=True)
    oidc_scopes: Annotated[str, AfterValidator(checks.line)] = "openid profile email"
    oidc_role_claim: Annotated[str, AfterValidator(checks.line)] = "roles"
    oidc_roles: Annotated[tuple[tuple[str, str], ...], BeforeValidator(checks.role_values)] = tuple(
        (role, role) for role in checks.STAFF_ROLES
    )
    # Values of « acr » that stand for several factors; « amr » says so by itself.
    oidc_multi_factor_acr: Annotated[tuple[str, ...], BeforeValidator(checks.parts)] = ()
    # Whether the first sign-in makes the account; otherwise an administrator makes it and links it.
    oidc_create_accounts: Annotated[Literal["on", "off"], BeforeValidator(checks.lower)] = "off"
    secret_key: Key = None
    sealing_key: Key = None
    # The given keys before the present ones, while they are changed.
    secret_key_fallbacks: Keys = ()
    sealing_key_fallbacks: Keys = ()
    smtp_url: Annotated[str, AfterValidator(checks.smtp_url)] = Field("file:", repr=False)
    mail_from: Annotated[str, AfterValidator(checks.mail_from)] = Field(default_factory=checks.default_sender)
    attachments_url: Annotated[str, AfterValidator(checks.attachments_url)] = Field(
        default_factory=lambda data: f"file:{quote(str(data['data_dir'] / 'attachments'))}"
    )
    attachment_max_bytes: Annotated[int, Field(ge=1, le=ATTACHMENT_CEILING_BYTES)] = DEFAULT_ATTACHMENT_MAX_BYTES
    # Of one account of a customer, within an hour; of all files of a customer. 0: no limit.
    tickets_per_hour: Hourly = 60
    follow_ups_per_hour: Hourly = 300
    mails_per_hour: Hourly = 600
    upload_bytes_per_hour: Bytes = DEFAULT_UPLOAD_BYTES_PER_HOUR
    customer_quota_bytes: Bytes = DEFAULT_CUSTOMER_QUOTA_BYTES
    # None: files are not scanned.
    clamd_url: Annotated[str | None, AfterValidator(checks.clamd_url)] = None
    erasures_file: Annotated[Path, AfterValidator(Path.absolute)] | None = None
    # « Have I Been Pwned »: a sorted file, or a folder of ranges. None: breached passwords aren't looked up.
    breached_passwords_file: Annotated[Path, AfterValidator(Path.absolute)] | None = None
    default_locale: Literal["fr", "en"] = "fr"
    default_timezone: Annotated[str, AfterValidator(checks.timezone)] = "Europe/Paris"
    # 0: never, here and below.
    remind_information_days: Days = 2
    remind_solution_days: Days = 5
    auto_close_days: Annotated[Days, AfterValidator(checks.auto_close_days)] = 0
    reopen_days: Days = 14
    # For customers: on every page's foot and in mails. None: not shown. 0: no delay is promised.
    support_phone: Annotated[str, AfterValidator(checks.line)] | None = None
    support_hours: Annotated[str, AfterValidator(checks.line)] | None = None
    reply_hours: Annotated[int, Field(ge=0, le=999)] = 0
    # Plain texts, whose paragraphs are separated by blank lines. None: a page without them.
    legal_notice: Annotated[str, AfterValidator(checks.text)] | None = None
    privacy_notice: Annotated[str, AfterValidator(checks.text)] | None = None
    # The hours of a day, in each reader's own zone, in which the portal reminds and closes by itself.
    working_hours: Annotated[tuple[int, int], BeforeValidator(checks.hours)] = (9, 18)
    # A country and its part; None for no holidays.
    holidays: Annotated[str | None, BeforeValidator(checks.holiday_region)] = "FR"
    # None: no metrics.
    metrics_bind: Annotated[str | None, AfterValidator(checks.other_bind)] = None
    log_format: Annotated[Literal["text", "json"], BeforeValidator(checks.lower)] = "text"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(checks.lower)] = "info"
    # A file for the security log alone; None: among the other lines.
    security_log: Annotated[Path, AfterValidator(Path.absolute)] | None = None
    # « clear » adds the client's address, for programs that block it.
    security_log_addresses: Annotated[Literal["hashed", "clear"], BeforeValidator(checks.lower)] = "hashed"
    # The failpoint and the pass at which it fires, for fault runs alone.
    fault: Annotated[tuple[Point, int] | None, BeforeValidator(checks.fault)] = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Check and freeze the settings in `environ`. Raises: SettingsError."""
        try:
            return cls.model_validate(_variables(environ, names={name.upper() for name in cls.model_fields}))
        except ValidationError as error:
            # Without the cause, because it contains the value, which may be a secret.
            raise SettingsError(_sentence(error)) from None

    @property
    def attachments_folder(self) -> Path:
        return Path(unquote(urlsplit(self.attachments_url).path))

    @property
    def oidc(self) -> OidcSettings | None:
        """The OpenID provider; None without one."""
        if self.oidc_issuer is None:
            return None
        return OidcSettings(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id or "",
            client_secret=self.oidc_client_secret or "",
            scopes=self.oidc_scopes,
            role_claim=self.oidc_role_claim,
            roles=self.oidc_roles,
            multi_factor_acr=self.oidc_multi_factor_acr,
            creates_accounts=self.oidc_create_accounts == "on",
            redirect_uri=f"{self.base_url}{OIDC_REDIRECT_PATH}",
            sign_out_uri=f"{self.base_url}{SIGN_IN_PATH}",
        )

    @property
    def mail_target(self) -> MailFolder | SmtpServer:
        url = urlsplit(self.smtp_url)
        if url.scheme == "file":
            return MailFolder(Path(unquote(url.path)) if url.path else self.data_dir / "mail")
        host, is_tls = url.hostname or "", url.scheme == "smtps"
        return SmtpServer(
            host=host,
            port=url.port or (SMTPS_PORT if is_tls else SMTP_PORT),
            user=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            is_tls_from_start=is_tls,
            demands_tls=is_tls or bool(url.password) or host not in checks.LOOPBACK_HOSTS,
        )


def _variables(environ: Mapping[str, str], *, names: set[str]) -> dict[str, str]:
    """Return the portal's variables by field name; load those given as files."""
    values: dict[str, str] = {}
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        name, value = variable.removeprefix(PREFIX), environ[variable]
        if name.removesuffix(FILE_SUFFIX) in NOT_AVAILABLE_YET or name in NOT_AVAILABLE_YET:
            raise SettingsError(f"{variable} is not available yet.")
        if name not in names and name.removesuffix(FILE_SUFFIX) in names:
            name, value = name.removesuffix(FILE_SUFFIX), _content(variable, value)
        if name not in names:
            raise SettingsError(_unknown(variable, names=names))
        if name.lower() in values:
            raise SettingsError(f"{PREFIX}{name} and {variable} are both set; keep one of them.")
        if not value:
            raise SettingsError(f"{variable} is empty; give it a value or remove it.")
        values[name.lower()] = value
    return values


def _content(variable: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(f"{variable} names a file that can't be read.") from error


def _unknown(variable: str, *, names: set[str]) -> str:
    near = difflib.get_close_matches(variable.removeprefix(PREFIX), sorted(names), n=1)
    hint = f", did you mean {PREFIX}{near[0]}?" if near else "; docs/operating.md lists them."
    return f"{variable} is not a setting{hint}"


def _sentence(error: ValidationError) -> str:
    """Return what is wrong with the first invalid setting.

    Its value may be a secret and is left out.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    variable, limits = PREFIX + str(first["loc"][0]).upper(), first.get("ctx", {})
    if first["type"] == "value_error":
        return f"{variable} {limits['error']}."
    if first["type"] in {"greater_than_equal", "less_than_equal"}:
        return f"{variable} must be {'at least' if 'ge' in limits else 'at most'} {limits.get('ge', limits.get('le'))}."
    if first["type"] == "literal_error":
        return f"{variable} must be {limits['expected']}."
    if first["type"].startswith("int_"):
        return f"{variable} must be a whole number, such as 2."
    if first["type"].startswith("ip_"):
        return f"{variable} must be addresses or networks separated by commas, such as 10.0.0.1, 192.168.0.0/16."
    return f"{variable} is not valid."
