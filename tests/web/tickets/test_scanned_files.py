"""Files of a form that a virus scanner checks first."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.attachments.clamd import EICAR, running_clamd
from tests.stage import Stage
from tests.web.browsing import Browser
from tests.web.tickets.filling import a_file, typed

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.health import Problem, check_health
from izarlink_tickets.config import Settings

NOBODY = "tcp://127.0.0.1:1"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_clamd(tmp_path_factory.mktemp("clamd")) as url:
        yield url


@pytest.fixture
def clamd_url(daemon: str) -> str:
    return daemon


@pytest.fixture
def settings(stage: Stage, tmp_path: Path, clamd_url: str) -> Settings:
    return stage.settings(tmp_path).model_copy(update={"clamd_url": clamd_url})


def stored_files(settings: Settings) -> list[Path]:
    return [path for path in settings.attachments_folder.rglob("*") if path.is_file()]


def test_an_infected_file_is_refused_and_not_stored(alice: Browser, settings: Settings, stored: Callable[[], int]):
    before = stored()

    page = alice.send("/tickets/nouveau", typed(title="Ne pas perdre", files=[a_file("virus.txt", EICAR)]))

    assert page.status == 422
    assert "L’antivirus a trouvé" in (page.error_at("files") or "")
    assert page.value("title") == "Ne pas perdre"
    assert (stored(), stored_files(settings)) == (before, [])


def test_a_clean_file_is_attached(alice: Browser, settings: Settings):
    assert alice.send("/tickets/nouveau", typed(files=[a_file()])).location == "/tickets/1"
    assert len(stored_files(settings)) == 1


@pytest.mark.parametrize("clamd_url", [NOBODY])
def test_without_an_answer_no_file_is_taken_and_nothing_typed_is_lost(
    alice: Browser, settings: Settings, stored: Callable[[], int]
):
    before = stored()

    page = alice.send("/tickets/nouveau", typed(title="Ne pas perdre", files=[a_file()]))

    assert page.status == 503
    assert "n’a pas pu être vérifié par l’antivirus" in (page.error_at("files") or "")
    assert page.value("title") == "Ne pas perdre"
    assert (stored(), stored_files(settings)) == (before, [])
    assert alice.send("/tickets/nouveau", typed()).location == "/tickets/1"


@pytest.mark.parametrize(("clamd_url", "problems"), [(NOBODY, [Problem.ANTIVIRUS])])
def test_a_silent_scanner_is_a_problem(portal: Portal, clock: Callable[[], object], problems: list[Problem]):
    assert check_health(portal, now=clock()).problems == problems  # type: ignore[arg-type] # the clock of the tests


def test_an_answering_scanner_is_none(portal: Portal, clock: Callable[[], object]):
    report = check_health(portal, now=clock())  # type: ignore[arg-type] # the clock of the tests

    assert (report.problems, report.antivirus_answers) == ([], True)
