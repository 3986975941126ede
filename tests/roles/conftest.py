"""A server with ranks, for the tests of roles, permissions and moderation."""

import pytest

from tests.people import Community
from tests.roles.ranks import Ranks, rank
from tests.serving import Register


@pytest.fixture
async def ranks(community: Community, register: Register) -> Ranks:
    """A server of the test's own with an owner, an admin, a moderator and a member."""
    return await rank(community, register)
