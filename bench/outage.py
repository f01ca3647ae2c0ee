"""Time what a person waits for while mails go out, while the mail server refuses, and while it never answers.

    .venv/bin/python -m bench.outage [ROUNDS]

Three portals, alike but for their mail server, take turns at each step, so that whatever the machine does meets all
three. Ratios to the portal whose mails go out count, not the figures. Source: issue 5, fault 31.
"""

import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.opening import Client, open_ticket, set_up
from tests.browser.mailbox import mailbox
from tests.browser.served import serving
from tests.ports import free_port

ROUNDS = 300
PERCENTILES = (0.5, 0.95)


@contextmanager
def silent_server() -> Iterator[int]:
    """Listen, let everybody in and never say a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield int(listener.getsockname()[1])


def quantile(seconds: list[float], share: float) -> float:
    """Give milliseconds."""
    return sorted(seconds)[int(len(seconds) * share)] * 1000


def table(what: str, times: dict[str, list[float]]) -> Iterator[str]:
    """Give a line for each portal, with its ratios to the first."""
    first = [quantile(next(iter(times.values())), share) for share in PERCENTILES]
    for name, seconds in times.items():
        here = [quantile(seconds, share) for share in PERCENTILES]
        figures = [
            f"p{share * 100:.0f} {own:7.2f} ms = {own / most:.2f}"
            for share, own, most in zip(PERCENTILES, here, first, strict=True)
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
                reading[name].append(client.ask("/tickets/1")[2])
    print(*table("open a ticket", opening), *table("ticket page", reading), sep="\n")


def three_portals(stack: ExitStack) -> dict[str, Client]:
    """Start them and sign a customer in at each."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    ports = {
        "mails go out": stack.enter_context(mailbox()).port,
        "refused": free_port(),
        "no answer": stack.enter_context(silent_server()),
    }
    clients = {}
    for name, port in ports.items():
        own = folder / name.replace(" ", "-")
        served = serving(own, database_url=f"sqlite:///{own / 'izarlink.db'}", smtp_port=port, workers=2)
        clients[name] = set_up(stack.enter_context(served))
    # The first one's connection was closed while the others were set up.
    return {name: Client(client.address, client.cookies) for name, client in clients.items()}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
