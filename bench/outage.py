"""Timing of pages while the mail server accepts, refuses or never answers.

    .venv/bin/python -m bench.outage [ROUNDS]

Three portals that differ only in their mail server take turns at each step, so that the machine's load affects all
three alike. The ratios to the portal whose mails are sent count, not the figures.
"""

import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.browser.mailbox import mailbox
from tests.browser.served import serving
from tests.ports import free_port

from bench.opening import Client, open_ticket, set_up

ROUNDS = 300
PERCENTILES = (0.5, 0.95)


@contextmanager
def silent_server() -> Iterator[int]:
    """Accept connections and never answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield int(listener.getsockname()[1])


def quantile(seconds: list[float], share: float) -> float:
    """Return a quantile in milliseconds."""
    return sorted(seconds)[int(len(seconds) * share)] * 1000


def table(what: str, times: dict[str, list[float]]) -> Iterator[str]:
    """Format one line per portal, with its ratios to the first."""
    baseline = [quantile(next(iter(times.values())), share) for share in PERCENTILES]
    for name, seconds in times.items():
        own = [quantile(seconds, share) for share in PERCENTILES]
        figures = [
            f"p{share * 100:.0f} {value:7.2f} ms = {value / base:.2f}"
            for share, value, base in zip(PERCENTILES, own, baseline, strict=True)
        ]
        yield f"{what:14} {name:13} {'   '.join(figures)}"


def main(rounds: int) -> None:
    """Print the table."""
    with ExitStack() as stack:
        clients = three_portals(stack)
        opening: dict[str, list[float]] = {name: [] for name in clients}
        reading: dict[str, list[float]] = {name: [] for name in clients}
        for _ in range(rounds):
            for name, client in clients.items():
                opening[name].append(open_ticket(client))
                reading[name].append(client.send("/tickets/1")[2])
    print(*table("open a ticket", opening), *table("ticket page", reading), sep="\n")


def three_portals(stack: ExitStack) -> dict[str, Client]:
    """Start three portals and sign a customer in at each."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    ports = {
        "sent": stack.enter_context(mailbox()).port,
        "refused": free_port(),
        "no answer": stack.enter_context(silent_server()),
    }
    clients = {}
    for name, port in ports.items():
        data_dir = folder / name.replace(" ", "-")
        served = serving(data_dir, database_url=f"sqlite:///{data_dir / 'izarlink.db'}", smtp_port=port, workers=2)
        clients[name] = set_up(stack.enter_context(served))
    # The first client's connection was closed while the others were set up.
    return {name: Client(client.address, client.cookies) for name, client in clients.items()}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
