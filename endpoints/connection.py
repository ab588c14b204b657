"""Sends chat requests whose bytes are ready, a thousand at a time, from one event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from endpoints.call import Reply, parsed
from endpoints.client import CONNECT_TIMEOUT, Client
from endpoints.errors import AnswerLost, EndpointError, NotServed
from endpoints.open_files import allow_open_files
from endpoints.verdicts import by_status
from schemas.errors import MissingExtraError

if TYPE_CHECKING:
    from aiohttp import ClientSession

_KEPT = 3.0
"""Seconds for which an idle connection is kept. Some servers close them after five, and a request
sent into a closing one counts as lost."""


class Connection:
    """Up to `width` connections to one address, `url`; each waits `timeout` seconds for an answer.

    It goes past the SDK's asynchronous client, with the SDK's own address, key and headers, for two
    reasons. That spends 5 to 6 ms of CPU on a request with a picture of 100 KB, and 3 ms over its
    aiohttp transport; here all that is done for a request, the ledger included, takes 1.4 ms. And
    that transport reports a connection that broke after the request was sent as one that was never
    made, so that it would be sent again and paid for twice.
    """

    def __init__(self, client: Client, url: str, timeout: float, width: int) -> None:
        try:
            import aiohttp
        except ImportError as error:
            raise MissingExtraError("api", "aiohttp", "Asking a model behind an API") from error
        self._url, self._width = url, width
        self._headers = client.headers | {"Content-Type": "application/json"}
        self._timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_TIMEOUT, sock_read=timeout
        )
        # aiohttp itself would read the environment and ~/.netrc anew for every request.
        parts = urlsplit(url)
        bypassed = proxy_bypass(parts.netloc)
        self._proxy = None if bypassed else getproxies().get(parts.scheme)
        self._session: ClientSession | None = None

    async def open(self) -> None:
        """Get ready, in the event loop that is to be used."""
        import aiohttp
        import httpx2

        allow_open_files(self._width)
        connector = aiohttp.TCPConnector(
            limit=0,
            keepalive_timeout=_KEPT,
            # The authorities that the SDK trusts.
            ssl=httpx2.create_ssl_context() if self._url.startswith("https:") else True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def post(self, body: bytes, key: str) -> Reply:
        """What the server sent for `body`. Raises one of `endpoints.errors`."""
        import aiohttp

        assert self._session is not None
        try:
            async with self._session.post(
                self._url, data=body, headers={"Idempotency-Key": key}, proxy=self._proxy
            ) as response:
                content = await response.read()
                headers = {name.lower(): value for name, value in response.headers.items()}
                status = response.status
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotServed(f"no connection ({type(error).__name__}: {error})") from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise EndpointError(f"the request cannot be sent: {error}. Check base_url.") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise AnswerLost(
                f"the connection broke before the answer was there ({type(error).__name__})"
            ) from error
        if status < 300:
            return Reply(content, headers)
        raise by_status(status, _told(content), headers)


def _told(content: bytes) -> object:
    """The endpoint's own error in a body, None where it holds none."""
    body = parsed(content)
    return body.get("error", body) if isinstance(body, dict) else None
