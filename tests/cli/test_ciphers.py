"""`doctor --url`: the ciphers of the server in front."""

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from tests.mailer.certificates import make_certificate

from izarlink_tickets.cli.doctor.check_results import CheckFailed
from izarlink_tickets.cli.doctor.public_url_checks import check_ciphers


def shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    client, _ = listener.accept()
    with client, suppress(OSError):
        context.wrap_socket(client, server_side=True).close()


def check_server_of(ciphers: str, folder: Path) -> str:
    """Run the check against a server with these ciphers."""
    context = make_certificate(folder).server_context()
    context.set_ciphers(ciphers)
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        pool.submit(shake_hands, listener, context)
        return check_ciphers(f"https://127.0.0.1:{listener.getsockname()[1]}")


def test_a_server_with_strong_ciphers_is_sound(tmp_path: Path):
    assert check_server_of("ECDHE+AESGCM:ECDHE+CHACHA20", tmp_path) == "only strong ones"


def test_a_server_that_accepts_a_weak_cipher_is_found(tmp_path: Path):
    with pytest.raises(CheckFailed, match="ECDHE-ECDSA-AES128-SHA256 is accepted"):
        check_server_of("ECDHE-ECDSA-AES128-SHA256", tmp_path)
