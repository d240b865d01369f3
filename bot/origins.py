"""Where requests come from, for every page the process serves."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from aiohttp import web

__all__ = ["Origins"]


@dataclass(frozen=True)
class Origins:
    """Where requests come from, as far as it can be believed.

    Args:
        public_url: Address citizens reach the server by, if it is known.
        trust_proxy: Believe X-Forwarded-For and X-Forwarded-Proto.
    """

    public_url: str | None
    trust_proxy: bool

    def address(self, request: web.Request) -> str:
        """The sender's address; of IPv6 the part that stands for one subscriber."""
        raw = request.remote or ""
        if self.trust_proxy:  # the last entry is our own proxy's; those before it anyone can write
            raw = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or raw
        try:
            address = ipaddress.ip_address(raw)
        except ValueError:
            return request.remote or ""
        if isinstance(address, ipaddress.IPv6Address):
            address = address.ipv4_mapped or ipaddress.IPv6Network((address, 64), strict=False).network_address
        return str(address)

    def is_https(self, request: web.Request) -> bool:
        """Whether the browser talks https to us or to the proxy before us."""
        forwarded = self.trust_proxy and request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip() == "https"
        return request.secure or forwarded or (self.public_url or "").startswith("https://")

    def is_ours(self, request: web.Request) -> bool:
        """Whether a POST comes from our own page: browsers name the page it came from."""
        origin = request.headers.get("Origin")
        if origin is None:
            return request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}
        hosts = {request.host, (self.public_url or "").rstrip("/").partition("://")[2]} - {""}
        return origin.partition("://")[2] in hosts
