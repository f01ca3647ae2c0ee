"""The metrics address: figures for monitoring, separate from the visitors' address."""

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.cast import Cast
from tests.cli.conftest import Command, on_sqlite
from tests.cli.processes import Running, started, wait_until
from tests.openings import open_incident
from tests.ports import free_port

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings

pytestmark = on_sqlite
PAGES = 20


def request(port: int, path: str, method: str = "GET") -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(connection):
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read()


def figures(port: int) -> dict[str, float]:
    """Return each sample under its name and its label values."""
    families = text_string_to_metric_families(request(port, "/metrics")[1].decode())
    samples = [sample for family in families for sample in family.samples]
    return {
        " ".join([sample.name, *(value for _, value in sorted(sample.labels.items()))]): sample.value
        for sample in samples
    }


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def serving(settings: Settings, portal: Portal, cast: Cast, port: int) -> Iterator[Running]:
    open_incident(portal, cast)
    with started("serve", settings=settings, METRICS_BIND=f"127.0.0.1:{port}") as running:
        wait_until(running.answers, while_alive=running.process)
        yield running


def test_the_metrics_address_has_the_figures_of_all_processes_and_the_other_has_none(serving: Running, port: int):
    for _ in range(PAGES):
        serving.get("/connexion")
    wait_until(lambda: figures(port)["izarlink_mails_waiting"] == 0)

    metrics = figures(port)

    assert metrics["izarlink_request_seconds_count GET sign_in.show 200"] == PAGES
    assert metrics["izarlink_log_lines_total mail_sent info"] == 3
    assert metrics["izarlink_up"] == metrics["izarlink_schema_is_current"] == 1
    assert metrics["izarlink_log_position"] > 0
    assert {value for name, value in metrics.items() if name.startswith("izarlink_problem ")} == {0}
    assert json.loads(request(port, "/-/health")[1])["is_well"] is True
    assert request(port, "/-/ready") == (200, b"ok\n")
    assert request(port, "/-/live", "HEAD") == (200, b"")
    assert request(port, "/connexion")[0] == request(port, "/metrics", "POST")[0] == 404
    assert serving.get("/metrics")[0] == 404


def test_a_work_process_has_figures_too(settings: Settings, port: int):
    with started("work", settings=settings, METRICS_BIND=f"127.0.0.1:{port}") as running:
        wait_until(lambda: answers(port), while_alive=running.process)

        assert figures(port)["izarlink_up"] == 1
        assert running.end() == 0


def answers(port: int) -> bool:
    try:
        return request(port, "/-/live")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("program", ["serve", "work"])
def test_a_taken_metrics_address_is_refused_in_one_line(
    serving: Running, port: int, program: str, command: Command, environment: pytest.MonkeyPatch
):
    environment.setenv("IZARLINK_BIND", f"127.0.0.1:{free_port()}")
    environment.setenv("IZARLINK_METRICS_BIND", f"127.0.0.1:{port}")

    ended = command(program)

    assert ended.code == 1
    assert ended.err == f"izarlink-tickets: Can't listen on 127.0.0.1:{port}: Address already in use.\n"


def test_the_metrics_address_needs_its_own_port(command: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_BIND", "127.0.0.1:8000")
    environment.setenv("IZARLINK_METRICS_BIND", "127.0.0.2:8000")

    ended = command("serve")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "izarlink-tickets: IZARLINK_METRICS_BIND must have another port than IZARLINK_BIND.\n"
