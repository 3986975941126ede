"""Identifies the caller of a request and counts it against their limits, before any of it is read."""

from dataclasses import dataclass
from typing import Protocol

from coterie import errors
from coterie.errors import CoterieError
from coterie.http.account_turns import AccountRequests
from coterie.http.asgi import Scope
from coterie.http.credentials import Credential, address, of_request, of_socket
from coterie.http.rate_limits import SOCKETS, Limits
from coterie.http.shared_limits import SharedLimits
from coterie.http.viewers import Needs, check_needs, check_scope
from coterie.security_events.actions import COUNTING, COUNTING_TOKENS
from coterie.security_events.origins import Origins
from coterie.usage.counting import Usage
from coterie.viewer import Viewer


class CredentialReader(Protocol):
    """Finds the viewer of one kind of credential."""

    def recognizes(self, credential: Credential) -> bool:
        """Whether it is of this kind, by its looks. No two readers recognize the same credential."""

    async def viewer(self, credential: Credential) -> Viewer:
        """Whom it names. Raises UNAUTHENTICATED if it is invalid, and SESSION_ENDED."""


@dataclass(frozen=True, slots=True)
class Callers:
    """The callers of one process. The methods raise RATE_LIMITED, UNAUTHENTICATED or SESSION_ENDED."""

    readers: tuple[CredentialReader, ...]
    limits: Limits
    shared: SharedLimits
    usage: Usage
    origins: Origins
    requests: AccountRequests
    is_https: bool = False

    def arrive(self, scope: Scope) -> None:
        """Count a request against its address."""
        host = address(scope)
        self.origins.enter(host, scope)
        with COUNTING:
            self.limits.address(host)

    async def guess(self, scope: Scope) -> None:
        """Count a request with which a password or a code could be guessed, over all processes."""
        with COUNTING:
            await self.shared.login(address(scope))

    async def identify(self, scope: Scope, needs: Needs) -> Viewer:
        """The viewer of a request, counted against the limits of the account and of its actions, and as usage.

        Waits while the account has many other requests under way, unless this one may take long.
        Also raises PEOPLE_ONLY, BOTS_ONLY or MISSING_SCOPE.
        """
        credential = of_request(scope, may_use_cookie=needs.may_use_cookie, is_https=self.is_https)
        with COUNTING_TOKENS if credential.token else COUNTING:
            viewer = await self._viewer(credential)
            self.limits.account(viewer.user_id, is_bot=viewer.kind == "bot")
            check_needs(viewer, needs)
            if needs.is_counted:
                await self.usage.request(viewer.user_id)
            for limit in needs.limits:
                if limit.is_shared:
                    await self.shared.action(limit, viewer.user_id)
                else:
                    self.limits.action(limit, viewer.user_id)
        if needs.takes_turns:
            await self.requests.take(scope, viewer.user_id)
        return viewer

    async def identify_socket(self, scope: Scope) -> Viewer:
        """The viewer of a socket; also raises MISSING_SCOPE."""
        credential = of_socket(scope, is_https=self.is_https)
        with COUNTING_TOKENS if credential.token else COUNTING:
            viewer = await self._viewer(credential)
            check_scope(viewer, "read")
            self.limits.action(SOCKETS, viewer.user_id)
            return viewer

    async def _viewer(self, credential: Credential) -> Viewer:
        reader = next((each for each in self.readers if each.recognizes(credential)), None)
        if reader is None:
            raise CoterieError(errors.UNAUTHENTICATED)
        return await reader.viewer(credential)
