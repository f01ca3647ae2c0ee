"""Free ports of the loopback."""

import secrets
import socket

# Below the ephemeral ports: an outgoing connection must not take the port before the server listens, and a client of a
# stopped server must not get that same port and connect to itself.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """Return a port that is free now."""
    while True:
        port = secrets.choice(PORTS)
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Return whether a server could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
