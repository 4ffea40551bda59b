"""Who asks, by network address: read in one place, for locks, limits and lists alike."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# Whoever has one IPv6 address has all of its /64.
_IPV6_NEIGHBOURS = 64


def client_ip(request: HttpRequest) -> str:
    """The address that asks, as told by the farthest proxy that we trust; "" where nobody told one.

    Each of our TRUSTED_PROXIES proxies adds to the end of X-Forwarded-For who asked it. So the entry so many
    places from the end is true, and all before it is whatever the client wrote.
    """
    told = [*request.headers.get("X-Forwarded-For", "").split(","), request.META.get("REMOTE_ADDR", "")]
    trusted = told[-1 - settings.TRUSTED_PROXIES :]
    return next((address for entry in trusted if (address := _read(entry))), "")


def client_network(request: HttpRequest) -> str | None:
    """The address under which failures are counted: IPv6 by its /64; None where nobody told one."""
    address = client_ip(request)
    if ":" not in address:
        return address or None
    return str(ip_network(f"{address}/{_IPV6_NEIGHBOURS}", strict=False).network_address)


def _read(entry: str) -> str:
    """An address out of `1.2.3.4`, `1.2.3.4:5678`, `::1`, `[::1]:5678`; "" if it is none."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
