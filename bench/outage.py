"""Pages and commands while the mail server refuses or never answers, beside a portal whose mails are sent."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from tests.ports import free_port

from bench import databases, works
from bench.databases import SeededDatabase
from bench.figures import Measure, Options
from bench.mail_servers import silent_server, sink
from bench.measuring import Side, alternate, latencies_of, quantile
from bench.serving import Server, serving
from bench.visitors import Visitors, get, sign_in

CUSTOMERS, SEE_OTHER = 400, 303
QUANTILES = (0.5, 0.95)


def measure(database: SeededDatabase, options: Options) -> Iterator[Measure]:
    """Measure three portals that differ only in their mail server."""
    people = sign_in(database, others=CUSTOMERS)
    with ExitStack() as stack:
        ports = {
            "sent": stack.enter_context(sink()),
            "refused": free_port(),
            "no answer": stack.enter_context(silent_server()),
        }
        # All before the first portal, since nobody may be connected to the source.
        copies = {name: stack.enter_context(databases.copied(database)) for name in ports}
        servers = {
            name: stack.enter_context(serving(copies[name], "up", environment=_mailing_to(port)))
            for name, port in ports.items()
        }
        sent = servers.pop("sent")
        for name, server in servers.items():
            for work, side_of in (("list", _list), ("open", _openings)):
                sides = [side_of(database, people, each) for each in (server, sent)]
                runs, others = alternate(*sides, seconds=options.seconds)
                for share in QUANTILES:
                    ratio = quantile(latencies_of(runs), share) / quantile(latencies_of(others), share)
                    figure = f"{work} p{share * 100:.0f} ÷ where sent, {name}"
                    yield Measure(database.kind, "outage", figure, ratio, "", is_higher_better=False)


def _mailing_to(port: int) -> dict[str, str]:
    return {"IZARLINK_SMTP_URL": f"smtp://127.0.0.1:{port}"}


def _list(_database: SeededDatabase, people: Visitors, server: Server) -> Side:
    return Side(server, [partial(get, server.host, "/tickets", people.customer)])


def _openings(database: SeededDatabase, people: Visitors, server: Server) -> Side:
    (command, *_) = works.commands(database, people)
    return Side(server, [partial(command.request, server.host)], SEE_OTHER)
