"""The settings, addresses and application of the django-helpdesk that is measured.

It runs in an environment of its own, and imports nothing of ours. Its mails are composed and dropped.
"""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

NAME = "bench.helpdesk_site"
_APPS = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles", "sites", "humanize")
_MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
_PROCESSORS = (
    "django.contrib.auth.context_processors.auth",
    "django.template.context_processors.request",
    "django.contrib.messages.context_processors.messages",
)


def _database() -> dict[str, object]:
    """Build the database's settings: durable commits, connections kept."""
    if host := os.environ.get("HELPDESK_POSTGRESQL"):
        name = os.environ["HELPDESK_DATABASE"]
        engine = "django.db.backends.postgresql"
        return {"ENGINE": engine, "HOST": host, "NAME": name, "USER": "postgres", "CONN_MAX_AGE": None}
    pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    options = {"init_command": pragmas, "transaction_mode": "IMMEDIATE"}
    path = os.environ["HELPDESK_DATABASE"]
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": options, "CONN_MAX_AGE": None}


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": _database()},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    HELPDESK_TEAMS_MODE_ENABLED=False,
    INSTALLED_APPS=[*(f"django.contrib.{app}" for app in _APPS), "rest_framework", "helpdesk"],
    LOGIN_URL="/login/",
    MEDIA_ROOT=os.environ["HELPDESK_FOLDER"],
    MIDDLEWARE=list(_MIDDLEWARE),
    ROOT_URLCONF="bench.helpdesk_urls",
    SECRET_KEY="only for a benchmark",  # noqa: S106 - of a site that is deleted after the run
    SITE_ID=1,
    STATIC_URL="/static/",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": list(_PROCESSORS)},
        }
    ],
    USE_TZ=True,
)
django.setup()


def prepare(tickets: int) -> None:
    """Create the tables, a public queue with two agents who are notified, and some tickets."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - after `setup`
    from helpdesk.models import Queue, Ticket  # noqa: PLC0415 - after `setup`

    call_command("migrate", verbosity=0)
    call_command("loaddata", "emailtemplate.json", verbosity=0)
    queue = Queue.objects.create(
        title="Support",
        slug="support",
        allow_public_submission=True,
        new_ticket_cc="s0@bench.example, s1@bench.example",
    )
    User.objects.create_user("s0", "s0@bench.example", "s0", is_staff=True)
    Ticket.objects.bulk_create(
        Ticket(title=f"Panne {nth}", queue=queue, submitter_email=f"p{nth % 400}@bench.example", description="Panne.")
        for nth in range(tickets)
    )


application = get_wsgi_application()

if __name__ == "__main__":
    Path(os.environ["HELPDESK_FOLDER"]).mkdir(exist_ok=True)
    prepare(int(sys.argv[1]))
