"""Reach of an address that a server listens on."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from izarlink_tickets.config import LOOPBACK_HOSTS


def is_loopback(bind: str) -> bool:
    """Check whether only this machine reaches the address and port."""
    host = _host_of(bind)
    return host in LOOPBACK_HOSTS or bool((address := _address(host)) and address.is_loopback)


def is_public(bind: str) -> bool:
    """Check whether the address and port may be reached from the Internet.

    A name may be anything.
    """
    address = _address(_host_of(bind))
    return not is_loopback(bind) and (address is None or address.is_unspecified or address.is_global)


def _host_of(bind: str) -> str:
    return bind.rpartition(":")[0].strip("[]")


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
