"""What a user may do in one place, as it was when it was looked up; a timeout is judged at each question."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError
from coterie.filtering.models import Written
from coterie.filtering.rules import Rules
from coterie.permissions import bits
from coterie.permissions.bits import Permission
from coterie.permissions.models import Place
from coterie.permissions.structure import MemberState, Structure


@dataclass(frozen=True, slots=True)
class Authority:
    """What a user may do in a server or in a `place`: a channel of it, or a conversation (without a structure)."""

    user_id: UUID
    permissions: Permission
    place: Place | None = None
    structure: Structure | None = None
    member_state: MemberState | None = None
    as_of: int = 0

    def check(self, permission: Permission) -> None:
        """Raises MISSING_PERMISSION, TIMED_OUT if a timeout lets them only read, or CANNOT_MESSAGE."""
        if permission not in self.permissions:
            if self.place is not None and self.place.server_id is None and permission in bits.IN_CONVERSATION:
                raise CoterieError(errors.CANNOT_MESSAGE)
            names = ", ".join(each.name or "" for each in permission)
            raise CoterieError(
                errors.MISSING_PERMISSION, f"You don't have permission to do that here. Missing: {names}."
            )
        if permission != Permission.VIEW_CHANNEL:
            self.check_speaks()

    def check_speaks(self) -> None:
        """Raises TIMED_OUT if a timeout lets them only read."""
        if self._is_timed_out:
            raise CoterieError(errors.TIMED_OUT)

    @property
    def rules(self) -> Rules | None:
        """Automod's rules, if they apply to what they write in the place."""
        rules = self.structure.rules if self.structure is not None else None
        if rules is None or self.place is None or self.member_state is None:
            return None
        is_moderator = Permission.MANAGE_MESSAGES in self.permissions
        applies = rules.apply_to(self.place.id, self.member_state.role_ids, is_moderator=is_moderator)
        return rules if applies else None

    def written(self, text: str) -> Written:
        """What they write in the place, which is a server's channel."""
        assert self.place is not None, "asked of a channel"
        assert self.place.server_id is not None, "conversations have no rules"
        return Written(self.place.server_id, self.place.id, self.user_id, text)

    def may(self, permission: Permission) -> bool:
        """Whether `check` would pass."""
        return permission in self.permissions and (permission == Permission.VIEW_CHANNEL or not self._is_timed_out)

    @property
    def visible_channels(self) -> frozenset[UUID]:
        """The server's channels that they may view by the structure as it is now: read it before awaiting anything."""
        if self.structure is None or self.member_state is None:
            return frozenset()
        return self.structure.visible(self.user_id, self.member_state)

    @property
    def rank(self) -> int:
        """Their rank; they may act on members with a lower one."""
        if self.structure is None or self.member_state is None:
            return 0
        return self.structure.rank(self.user_id, self.member_state)

    @property
    def _is_timed_out(self) -> bool:
        """Whether they are timed out; the owner never is."""
        if self.structure is None or self.member_state is None or self.user_id == self.structure.owner_id:
            return False
        until = self.member_state.timed_out_until
        return until is not None and until > datetime.now(UTC)
