"""Free ports of the loopback."""

import secrets
import socket

# Below the ports that systems give to outgoing connections: none of these may take it before the server is up, and a
# client that knocks at a dead server's port must not be given that very port and meet itself.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """Give a port that nobody listens on now."""
    while True:
        port = secrets.choice(PORTS)
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Say whether a server could listen there."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
