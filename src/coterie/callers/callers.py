"""Identifies the caller of a request and counts it against their limits, before any of it is read."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from coterie.accounts.authentication import Authentication
from coterie.http.asgi import Scope
from coterie.http.credentials import (
    SESSION_COOKIE,
    address,
    bot_token,
    cookie,
    cookie_name,
    is_same_origin,
    socket_token,
    token,
)
from coterie.http.rate_limits import SOCKETS, Limit, Limits
from coterie.http.shared_limits import SharedLimits
from coterie.security_events.actions import COUNTING, COUNTING_TOKENS
from coterie.security_events.origins import Origins
from coterie.usage.counting import Usage
from coterie.viewer import Viewer


class GivenToken(NamedTuple):
    """The token of a request, empty without one, and which tokens are valid in its place."""

    token: str
    may_last: bool = True
    must_be_old: bool = False
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Callers:
    """The callers of one process. The methods raise RATE_LIMITED, UNAUTHENTICATED or SESSION_ENDED."""

    authentication: Authentication
    limits: Limits
    shared: SharedLimits
    usage: Usage
    origins: Origins
    is_https: bool = False

    def arrive(self, scope: Scope) -> None:
        """Count a request against its address."""
        host = address(scope)
        self.origins.enter(host)
        with COUNTING:
            self.limits.address(host)

    async def guess(self, scope: Scope) -> None:
        """Count a request with which a password or a code could be guessed, over all processes."""
        with COUNTING:
            await self.shared.login(address(scope))

    async def identify(
        self, scope: Scope, *, may_use_cookie: bool, limits: Collection[Limit] = (), is_counted: bool = True
    ) -> Viewer:
        """The viewer of a request, counted against the limits of the account and of its actions, and as usage."""
        given = _in_header(scope)
        if may_use_cookie and not given.token:
            given = self._cookie(scope)
        with COUNTING_TOKENS if given.token else COUNTING:
            viewer = await self._viewer(given)
            self.limits.account(viewer.user_id, is_bot=viewer.is_bot)
            if is_counted:
                await self.usage.request(viewer.user_id)
            for limit in limits:
                if limit.is_shared:
                    await self.shared.action(limit, viewer.user_id)
                else:
                    self.limits.action(limit, viewer.user_id)
            return viewer

    async def identify_socket(
        self, scope: Scope, query_token: str | None, query_bot_token: str | None = None
    ) -> Viewer:
        """The viewer of a socket: by the token in a header or its address, else by the cookie of a page of this origin.

        Addresses are logged on the way, so a token of thirty days is refused there. Bots know no other way.
        """
        given = GivenToken(socket_token(scope))
        if not given.token:
            given = _in_header(scope)
        if not given.token and query_token:
            given = GivenToken(query_token, may_last=False)
        elif not given.token and query_bot_token:
            given = GivenToken(query_bot_token, is_bot=True)
        elif not given.token:
            given = self._cookie(scope)
        with COUNTING_TOKENS if given.token else COUNTING:
            viewer = await self._viewer(given)
            self.limits.action(SOCKETS, viewer.user_id)
            return viewer

    async def _viewer(self, given: GivenToken) -> Viewer:
        if given.is_bot:
            return await self.authentication.bot(given.token)
        return await self.authentication.viewer(given.token, may_last=given.may_last, must_be_old=given.must_be_old)

    def _cookie(self, scope: Scope) -> GivenToken:
        """The token in the cookie of a page of this origin.

        Over https, the cookie's former name only holds tokens of earlier versions: another host could have set it.
        """
        if not is_same_origin(scope):
            return GivenToken("")
        given = cookie(scope, cookie_name(SESSION_COOKIE, is_https=self.is_https))
        if given or not self.is_https:
            return GivenToken(given)
        return GivenToken(cookie(scope, SESSION_COOKIE), must_be_old=True)


def _in_header(scope: Scope) -> GivenToken:
    """The token in the header `Authorization`: of a session, or of a bot."""
    given = bot_token(scope)
    return GivenToken(given, is_bot=True) if given else GivenToken(token(scope))
