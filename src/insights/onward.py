"""Keeps a walk from page to page on its host, and letters out of networks that are not public."""

from __future__ import annotations

from ipaddress import ip_address

import httpx

from insights.credentials import apart
from insights.errors import SourceError


def beside(here: str, link: str) -> str:
    """Return the address that a page at `here` links to, if it is on the same host.

    Raises:
        SourceError: it is elsewhere, or no address.
    """
    place = apart(here)[0]
    try:
        there = apart(str(place.join(link)))[0]
    except (httpx.InvalidURL, ValueError, SourceError):
        raise SourceError(f"{place.host} names a next page that is no address") from None
    check_same_place(place, there)
    return str(there)


def check_same_place(here: httpx.URL, there: httpx.URL) -> None:
    """Keep to the host of the settings: credentials stay there, and no inner address is reached."""
    upgraded = (here.scheme, there.scheme) == ("http", "https")
    same_port = upgraded or (here.scheme, here.port) == (there.scheme, there.port)
    if here.host != there.host or not same_port:
        raise SourceError(
            f"{here.host} sends us to {there.host or 'nowhere'}; if that is its new home, put it "
            "into the settings"
        )


def check_public(address: str) -> None:
    """Refuse an address of this machine or of a network that is not public.

    It is that of the other end of a connection, so a name that changes what it means gains nothing.
    """
    ip = ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if not ip.is_global:
        raise SourceError(
            f"its address leads to {ip}, which is not public; if that is meant, set "
            "allow_private = true"
        )
