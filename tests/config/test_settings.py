"""Settings in the environment, and the sentences that refuse them."""

import base64
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlalchemy import make_url

from izarlink_tickets.config import FAULTS_ALLOWED, MailFolder, Settings, SettingsError, SmtpServer
from izarlink_tickets.failpoints import Point

RANDOM_KEY = base64.b64encode(bytes((step * 37 + step * step) % 256 for step in range(32))).decode()
PASSWORD = "s3kret-of-the-mail"


def read(**given: str) -> Settings:
    return Settings.read({f"IZARLINK_{name}": value for name, value in given.items()})


def refusal_of(**given: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read(**given)
    return str(refused.value)


def test_without_any_setting_the_portal_answers_on_the_loopback():
    settings = read()

    assert settings.bind == "127.0.0.1:8000"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.trusted_hosts == ("127.0.0.1", "localhost")
    assert settings.trusted_proxies == ()
    assert (settings.workers, settings.threads) == (2, 4)
    assert (settings.auto_close_days, settings.reopen_days) == (0, 14)
    assert (settings.remind_information_days, settings.remind_solution_days) == (2, 5)
    assert (settings.default_locale, settings.default_timezone) == ("fr", "Europe/Paris")
    assert settings.attachment_max_bytes == 2_097_152
    assert settings.second_factor == "staff"


def test_everything_is_stored_in_the_data_folder_by_default():
    settings = read(DATA_DIR="/srv/izarlink")

    assert settings.database_url == "sqlite:////srv/izarlink/izarlink.db"
    assert settings.attachments_folder == Path("/srv/izarlink/attachments")
    assert settings.mail_target == MailFolder(Path("/srv/izarlink/mail"))


@pytest.mark.parametrize("folder", ["/srv/it#1", "/srv/a?b", "/srv/100%20"])
def test_the_data_folder_may_hold_signs_that_mean_something_in_a_url(folder):
    settings = read(DATA_DIR=folder)

    assert make_url(settings.database_url).database == f"{folder}/izarlink.db"
    assert settings.attachments_folder == Path(folder) / "attachments"


def test_a_relative_data_folder_is_below_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert read().data_dir == tmp_path / "var"


def test_automatic_closing_needs_a_reminder():
    with pytest.raises(SettingsError, match=r"^IZARLINK_AUTO_CLOSE_DAYS must be 0 while .*_REMIND_SOLUTION_DAYS is"):
        read(AUTO_CLOSE_DAYS="7", REMIND_SOLUTION_DAYS="0")


@pytest.mark.parametrize("value", ["9", "9-18-20", "18-9", "9-9", "9h-18h", "9-25", "-1-8", "matin"])
def test_odd_working_hours_refuse_the_start(value):
    assert refusal_of(WORKING_HOURS=value) == "IZARLINK_WORKING_HOURS must be two whole hours of a day, as in 9-18."


@pytest.mark.parametrize(("value", "hours"), [("8-17", (8, 17)), ("0-24", (0, 24)), ("08-12", (8, 12))])
def test_working_hours_are_read(value, hours):
    assert read(WORKING_HOURS=value).working_hours == hours


@pytest.mark.parametrize("value", ["France", "XX", "FR-99", "FR 57", "57", "FR-57-58"])
def test_an_unknown_region_of_holidays_refuses_the_start(value):
    assert refusal_of(HOLIDAYS=value).startswith("IZARLINK_HOLIDAYS must be a country whose holidays are known")


@pytest.mark.parametrize(
    ("value", "region"), [("FR", "FR"), ("fr-57", "FR-57"), ("ES", "ES"), ("none", None), ("NONE", None)]
)
def test_a_region_of_holidays_is_read(value, region):
    assert read(HOLIDAYS=value).holidays == region


@pytest.mark.parametrize("left_out", ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"])
def test_a_provider_is_set_wholly_or_not_at_all(left_out):
    given = {
        "OIDC_ISSUER": "https://sso.example",
        "OIDC_CLIENT_ID": "izarlink",
        "OIDC_CLIENT_SECRET": PASSWORD,
    }
    del given[left_out]

    assert refusal_of(**given).startswith("IZARLINK_OIDC_ISSUER is set together with IZARLINK_OIDC_CLIENT_ID")


@pytest.mark.parametrize(
    "issuer",
    [
        *("http://sso.example", "https://", "sso.example", "ftp://127.0.0.1", "https://sso.example?a=b"),
        *("https://user@sso.example", "https://sso.example#x", "http://127.0.0.1.evil.example"),
    ],
)
def test_a_provider_is_reached_over_tls_unless_on_the_loopback(issuer):
    refusal = refusal_of(OIDC_ISSUER=issuer, OIDC_CLIENT_ID="izarlink", OIDC_CLIENT_SECRET=PASSWORD)

    assert refusal.startswith("IZARLINK_OIDC_ISSUER ")
    assert PASSWORD not in refusal


def test_the_provider_sends_people_back_to_the_public_address():
    provider = read(
        BASE_URL="https://support.example",
        OIDC_ISSUER="https://sso.example/realms/izarlink",
        OIDC_CLIENT_ID="izarlink",
        OIDC_CLIENT_SECRET=PASSWORD,
        OIDC_ROLES="support = it-support, auditor=it-audit",
    ).oidc

    assert provider is not None
    assert provider.redirect_uri == "https://support.example/connexion/izarlink/retour"
    assert provider.roles == (("it-support", "support"), ("it-audit", "auditor"))
    assert not provider.creates_accounts
    assert PASSWORD not in repr(provider)


@pytest.mark.parametrize("value", ["support", "customer=x", "company=x", "support=", "=x", "root=x"])
def test_a_provider_gives_the_roles_of_staff_only(value):
    assert refusal_of(OIDC_ROLES=value).startswith("IZARLINK_OIDC_ROLES must be roles and values")


def test_variables_of_other_programs_are_ignored():
    assert Settings.read({"PATH": "/bin", "TEST_POSTGRES_URL": "x", "izarlink_bind": "x"}) == Settings.read({})


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        read().workers = 3


def test_the_base_url_follows_the_address_and_the_hosts_follow_the_base_url():
    assert read(BIND="0.0.0.0:80").base_url == "http://0.0.0.0:80"
    assert read(BASE_URL="https://Support.Izarlink.example/").base_url == "https://support.izarlink.example"
    assert read(BASE_URL="https://support.izarlink.example:8443").trusted_hosts == ("support.izarlink.example",)


@pytest.mark.parametrize(
    ("given", "hosts"),
    [
        ("localhost", ("localhost", "127.0.0.1")),
        ("Support.example, localhost", ("support.example", "localhost", "127.0.0.1")),
        ("[::1],a.example", ("::1", "a.example")),
        (".izarlink.example", (".izarlink.example",)),
    ],
)
def test_trusted_hosts_are_a_list_in_which_localhost_counts_as_its_address(given, hosts):
    assert read(TRUSTED_HOSTS=given).trusted_hosts == hosts


def test_trusted_proxies_are_addresses_or_networks():
    assert read(TRUSTED_PROXIES="10.0.0.1, fd00::/8").trusted_proxies == (
        ip_network("10.0.0.1/32"),
        ip_network("fd00::/8"),
    )


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", SmtpServer("localhost", 25, None, None, is_tls_from_start=False, demands_tls=False)),
        (
            "smtp://127.0.0.1:2525",
            SmtpServer("127.0.0.1", 2525, None, None, is_tls_from_start=False, demands_tls=False),
        ),
        ("smtp://mx.example", SmtpServer("mx.example", 25, None, None, is_tls_from_start=False, demands_tls=True)),
        (
            "smtp://post%40x:a%2Fb@localhost:587",
            SmtpServer("localhost", 587, "post@x", "a/b", is_tls_from_start=False, demands_tls=True),
        ),
        ("smtps://mx.example", SmtpServer("mx.example", 465, None, None, is_tls_from_start=True, demands_tls=True)),
    ],
)
def test_encryption_is_demanded_where_a_password_or_the_open_network_is_involved(url, server):
    assert read(SMTP_URL=url).mail_target == server


@pytest.mark.parametrize("url", ["file:/srv/mail", "file:///srv/mail"])
def test_mail_can_go_into_a_folder(url):
    assert read(SMTP_URL=url).mail_target == MailFolder(Path("/srv/mail"))


def test_the_sender_is_the_support_of_the_public_host():
    assert read(BASE_URL="https://portail.example").mail_from == "Support IzarLink <support@portail.example>"
    assert read().mail_from == "Support IzarLink <support@localhost>"
    assert read(MAIL_FROM="Étxea <a@b.example>").mail_from == "Étxea <a@b.example>"


@pytest.mark.parametrize(
    ("typed", "sender"),
    [
        ("IzarLink, support <a@b.example>", '"IzarLink, support" <a@b.example>'),
        ("Support: IzarLink <a@b.example>", '"Support: IzarLink" <a@b.example>'),
        ('Support "IzarLink" <a@b.example>', '"Support \\"IzarLink\\"" <a@b.example>'),
        ('"IzarLink, support" <a@b.example>', '"IzarLink, support" <a@b.example>'),
        ('"Support" <a@b.example>', "Support <a@b.example>"),
        ('"support@izarlink" <a@b.example>', '"support@izarlink" <a@b.example>'),
        ("Étxea; réseau<a@b.example>", '"Étxea; réseau" <a@b.example>'),
        ("Support (IzarLink) <a@b.example>", '"Support (IzarLink)" <a@b.example>'),
    ],
)
def test_the_name_of_the_sender_is_quoted_where_it_must_be(typed: str, sender: str):
    assert read(MAIL_FROM=typed).mail_from == sender
    assert read(MAIL_FROM=sender).mail_from == sender


def test_a_setting_can_be_read_from_a_file(tmp_path):
    file = tmp_path / "workers"
    file.write_text("7\n")

    assert read(WORKERS_FILE=str(file)).workers == 7


def test_a_setting_given_twice_is_refused(tmp_path):
    file = tmp_path / "workers"
    file.write_text("7")

    assert refusal_of(WORKERS="7", WORKERS_FILE=str(file)) == (
        "IZARLINK_WORKERS and IZARLINK_WORKERS_FILE are both set; keep one of them."
    )


def test_a_file_that_is_not_there_is_refused():
    assert refusal_of(SMTP_URL_FILE="/nowhere") == "IZARLINK_SMTP_URL_FILE names a file that can't be read."


def test_an_unknown_setting_is_refused_with_the_nearest_one():
    assert refusal_of(BASEURL="http://a") == "IZARLINK_BASEURL is not a setting, did you mean IZARLINK_BASE_URL?"
    assert refusal_of(ZZZ="1") == "IZARLINK_ZZZ is not a setting; docs/operating.md lists them."


def test_a_planned_setting_is_refused_as_not_available_yet():
    assert refusal_of(DATABASE_REPLICA_URL="postgresql://r/x") == "IZARLINK_DATABASE_REPLICA_URL is not available yet."
    assert refusal_of(ATTACHMENTS_URL="s3://bucket").startswith(
        "IZARLINK_ATTACHMENTS_URL names S3, which is not available"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATA_DIR", ""),
        ("BIND", "8000"),
        ("BIND", "127.0.0.1:0"),
        ("BIND", "127.0.0.1:٣"),
        ("BASE_URL", "support.example"),
        ("BASE_URL", "ftp://support.example"),
        ("BASE_URL", "https://support.example/portail"),
        ("BASE_URL", "https://user@support.example"),
        ("BASE_URL", "https://support.example?x=1"),
        ("BASE_URL", "https://support.example:99999"),
        ("BASE_URL", "https://support.example:"),
        ("BASE_URL", "https://support.exa\nmple"),
        ("BASE_URL", "https://étxea.example"),
        ("TRUSTED_HOSTS", "a.example,,b.example"),
        ("TRUSTED_HOSTS", "http://a.example"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("WORKERS", "0"),
        ("WORKERS", "many"),
        ("THREADS", "-1"),
        ("SECOND_FACTOR", "maybe"),
        ("DATABASE_URL", "mysql://a/b"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("CLAMD_URL", "127.0.0.1:3310"),
        ("CLAMD_URL", "tcp://"),
        ("CLAMD_URL", "tcp://127.0.0.1:0"),
        ("CLAMD_URL", "unix:clamd.ctl"),
        ("CLAMD_URL", "http://127.0.0.1:3310"),
        ("SMTP_URL", "mx.example:25"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mx.example/box"),
        ("SMTP_URL", "smtp://user@mx.example"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@b.example\nBcc: c@d.example"),
        ("MAIL_FROM", "a@b.example, c@d.example"),
        ("MAIL_FROM", "é@b.example"),
        ("MAIL_FROM", '"IzarLink, support <a@b.example>'),
        ("MAIL_FROM", 'Izar"Link <a@b.example>'),
        ("MAIL_FROM", "a,b@c.example"),
        ("MAIL_FROM", "support:a@b.example"),
        ("MAIL_FROM", "Support <a@b.example> (IzarLink)"),
        ("MAIL_FROM", "autre@b.example, Support <a@b.example>"),
        ("ATTACHMENTS_URL", "/srv/attachments"),
        ("ATTACHMENT_MAX_BYTES", "2 Mo"),
        ("ATTACHMENT_MAX_BYTES", "0"),
        ("DEFAULT_LOCALE", "de"),
        ("DEFAULT_TIMEZONE", "Europe/Bayonne"),
        ("DEFAULT_TIMEZONE", "../etc/passwd"),
        ("AUTO_CLOSE_DAYS", "-1"),
        ("REOPEN_DAYS", "two"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
        ("SECRET_KEY", "short"),
        ("FAULT", "before-commit:1"),
    ],
)
def test_an_invalid_value_is_refused_in_one_sentence_with_the_setting_s_name(name, value):
    sentence = refusal_of(**{name: value})

    assert sentence.startswith(f"IZARLINK_{name} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("WORKERS", "zero", "must be a whole number, such as 2."),
        ("WORKERS", "9" * 5000, "must be a whole number, such as 2."),
        ("WORKERS", "0", "must be at least 1."),
        ("WORKERS", "257", "must be at most 256."),
        ("DEFAULT_LOCALE", "de", "must be 'fr' or 'en'."),
        (
            "TRUSTED_PROXIES",
            "proxy.example",
            "must be addresses or networks separated by commas, such as 10.0.0.1, 192.168.0.0/16.",
        ),
    ],
)
def test_an_invalid_value_is_refused_in_our_own_words(name, value, expected):
    assert refusal_of(**{name: value}) == f"IZARLINK_{name} {expected}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", RANDOM_KEY + "AAAA"),
        ("SMTP_URL", f"smtp://user:{PASSWORD}@mx.example:port"),
        ("DATABASE_URL", f"mysql://user:{PASSWORD}@db.example/x"),
    ],
)
def test_a_refusal_never_repeats_a_secret(name, value):
    with pytest.raises(SettingsError) as refused:
        read(**{name: value})

    assert value not in str(refused.value)
    assert PASSWORD not in str(refused.value)
    assert refused.value.__suppress_context__


def test_printed_settings_hold_no_secret():
    settings = read(
        SECRET_KEY=RANDOM_KEY,
        SMTP_URL=f"smtp://user:{PASSWORD}@mx.example",
        DATABASE_URL=f"postgresql://user:{PASSWORD}@db.example/x",
    )

    printed = f"{settings!r} {settings} {settings.mail_target!r}"

    assert PASSWORD not in printed
    assert repr(settings.secret_key) not in printed


def test_a_fault_is_taken_where_the_data_folder_allows_it(tmp_path):
    (tmp_path / FAULTS_ALLOWED).touch()

    assert read(DATA_DIR=str(tmp_path), FAULT="before-commit:2").fault == (Point.BEFORE_COMMIT, 2)


@pytest.mark.parametrize("value", ["before-commit", "before-commit:0", "before-commit:x", "nowhere:1", ":1"])
def test_an_invalid_fault_is_refused_where_faults_are_allowed(tmp_path, value):
    (tmp_path / FAULTS_ALLOWED).touch()

    assert "as in before-commit:2" in refusal_of(DATA_DIR=str(tmp_path), FAULT=value)
