"""To whom somebody's presence is told, so that neither a query nor a name for each of them is needed.

The members of one's servers and the people of one's conversations follow those topics. Friends attend to an audience
whose id is derived from the person's: not their topic, in which their own affairs are told.
"""

from typing import Final
from uuid import UUID

MARK: Final = 0x5F3A_9C61_0B7D_4E28_A1D4_66F0_3C95_B28E


def friends_of(user_id: UUID) -> UUID:
    """The audience that somebody's friends attend to."""
    return UUID(int=user_id.int ^ MARK)
