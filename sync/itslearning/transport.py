"""Where messages may go, and over which proxy and certificates."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from sync.errors import SettingsError, SiteUnreachable
from sync.settings import Itslearning


def checked_address(url: str) -> str:
    """An address that may be used: https, or http to this machine (cli.md, last line). Raises
    SettingsError for any other."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"The itslearning URL cannot be read: {error}.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise SettingsError("The itslearning URL must start with https:// and name a host.")
    if parts.username or parts.password:
        raise SettingsError("The itslearning URL must not hold a user name or a password.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise SettingsError(
            f"The itslearning URL of {parts.hostname} starts with http://, which would send the "
            "password unprotected. Use https://."
        )
    return url.strip()


def is_loopback(host: str) -> bool:
    """True for this machine itself."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def http_transport(url: str, settings: Itslearning, folder: Path) -> httpx.HTTPTransport:
    """Proxy and certificates come from the settings alone, never from environment variables.
    ``folder`` is where a relative ``ca_bundle`` starts. Raises SettingsError.

    The transport alone: cookies, redirects and the like of a whole httpx client are not wanted
    here, and cost as much time again as a small call.
    """
    verify: ssl.SSLContext | bool = True
    if settings.ca_bundle:
        bundle = (folder / settings.ca_bundle).resolve()
        try:
            verify = ssl.create_default_context(cafile=str(bundle))
        except OSError as error:  # ssl.SSLError is one
            raise SettingsError(
                f"[itslearning] ca_bundle: {bundle} cannot be read as certificates in PEM."
            ) from error
    elif url.startswith("http://"):
        verify = False  # no TLS to this machine, and loading certificates takes time
    try:
        return httpx.HTTPTransport(
            verify=verify,
            proxy=httpx.Proxy(settings.proxy) if settings.proxy else None,
            trust_env=False,
            limits=httpx.Limits(
                max_connections=settings.max_in_flight,
                max_keepalive_connections=settings.max_in_flight,
            ),
        )
    except (ValueError, httpx.InvalidURL) as error:
        raise SettingsError(
            "[itslearning] proxy must be a URL such as http://proxy:8080."
        ) from error


def stop_for_certificate(error: Exception, host: str) -> None:
    """A certificate that is not trusted stays so; trying again would only hide it. Raises
    SiteUnreachable where that is the cause."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise SiteUnreachable(
                f"The certificate of {host} is not trusted ({cause.verify_message}). Where the "
                "network inspects TLS, set [itslearning] ca_bundle to its certificates."
            ) from error
        cause = cause.__cause__ or cause.__context__
