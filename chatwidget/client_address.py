"""Whose address a request comes from, as far as it can be believed."""

import ipaddress
import re
from collections.abc import Sequence

# Proxies that add the port: "203.0.113.7:5124", "[2001:db8::1]:5124".
_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[0-9.]+))(?::[0-9]+)?")


def client_address(
    peer: str | None, forwarded: Sequence[str] = (), *, trusted_proxies: int = 0
) -> str:
    """Return what stands for the client in rate limits: its IPv4 address, or the /64 network of
    its IPv6 address, because one customer has at least that many.

    `peer` is who opened the connection, `forwarded` the values of X-Forwarded-For. Each of the
    `trusted_proxies` in front of us adds who it was called by at the right end; what is further
    left was written by the client, who may write anything. Without a valid address in that place
    the answer is the peer's.
    """
    if trusted_proxies > 0:
        hops = [hop.strip() for value in forwarded for hop in value.split(",")]
        client = _network(hops[-trusted_proxies]) if len(hops) >= trusted_proxies else None
        if client is not None:
            return client
    return _network(peer or "") or peer or "unknown"


def _network(text: str) -> str | None:
    match = _PORT.fullmatch(text)
    try:
        address = ipaddress.ip_address((match["v6"] or match["v4"]) if match else text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))
