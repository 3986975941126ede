"""Who receives a user's presence, without a query for the recipients or a list of them.

The members of their servers and the participants of their conversations follow those topics. Friends follow an
audience whose id is derived from the user's id: not the user's own topic, which carries private data.
"""

from typing import Final
from uuid import UUID

MARK: Final = 0x5F3A_9C61_0B7D_4E28_A1D4_66F0_3C95_B28E


def friends_of(user_id: UUID) -> UUID:
    """The audience that a user's friends follow."""
    return UUID(int=user_id.int ^ MARK)
