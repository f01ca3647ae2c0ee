"""Virus checks by a daemon, and odd answers of a peer."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.attachments.clamd import EICAR, MAX_STREAM, running_clamd, running_peer
from tests.attachments.documents import archive_of

from izarlink_tickets.attachments.scanner import ClamdScanner, ScannerUnavailable


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClamdScanner]:
    with running_clamd(tmp_path_factory.mktemp("clamd")) as url:
        yield ClamdScanner(url)


def test_the_test_file_is_found(daemon: ClamdScanner):
    assert daemon.find_virus(EICAR) == "Eicar-Test.UNOFFICIAL"


@pytest.mark.parametrize(
    "content", [b"ok", b"a" * 2_097_152, archive_of({"a.txt": "ok"})], ids=["short", "2 MiB", "zip"]
)
def test_an_ordinary_file_is_clean(daemon: ClamdScanner, content: bytes):
    assert daemon.find_virus(content) is None


def test_the_test_file_is_found_behind_a_chunk(daemon: ClamdScanner):
    assert daemon.find_virus(b"a" * 65_530 + EICAR) == "Eicar-Test.UNOFFICIAL"


def test_the_version_is_told(daemon: ClamdScanner):
    assert daemon.version().startswith("ClamAV ")


def test_a_stream_above_its_limit_counts_as_unchecked(daemon: ClamdScanner):
    with pytest.raises(ScannerUnavailable):
        daemon.find_virus(b"a" * (MAX_STREAM + 1))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"stream: OK",
        b"stream: OK and more\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"\0",
        b"a" * 9000,
    ],
)
def test_any_other_answer_counts_as_unchecked(answer: bytes):
    with running_peer(answer) as url, pytest.raises(ScannerUnavailable):
        ClamdScanner(url, timeout=2).find_virus(b"ok")


def test_a_file_is_asked_about_once_in_a_while():
    with running_peer() as url:
        scanner = ClamdScanner(url)
        scanner.find_virus(b"ok")

    assert scanner.find_virus(b"ok") is None
    with pytest.raises(ScannerUnavailable):
        scanner.find_virus(b"another")


def test_nobody_at_the_address_counts_as_unchecked(tmp_path: Path):
    for url in (f"unix:{tmp_path / 'none'}", "tcp://127.0.0.1:1"):
        with pytest.raises(ScannerUnavailable):
            ClamdScanner(url, timeout=2).version()


def test_a_silent_daemon_counts_as_unchecked():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ScannerUnavailable):
        ClamdScanner(f"tcp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2).find_virus(b"ok")
