"""Which accounts of the source are accounts here, as only the operator can say: judged before anything is brought."""

from uuid import UUID

from coterie.importing.source import Table
from coterie.importing.work import Work
from coterie.refusals import Exit, Refusal

KIND = "users"


async def resolve(work: Work, users: Table) -> dict[UUID, UUID]:
    """The old and the new id of each pair that `--link` names. Raises Refusal unless each name means one account."""
    links = {await _old(work, users, old): await _new(work, name) for old, name in work.options.links.items()}
    known = await work.known(KIND, links)
    for old, new in links.items():
        if known.get(str(old), new) != new:
            raise Refusal(Exit.USAGE, f"--link: the account {old} was brought before, as an account of its own")
    return links


async def _old(work: Work, users: Table, name: str) -> UUID:
    """By its id, user name or e-mail address; of a name that several have only the id says which is meant."""
    rows = await work.source.read(
        f"SELECT {users.id()} AS id FROM {users.name} WHERE {users.text('username')} = $1 "
        f"OR lower({users.text('email')}) = lower($1) OR {users.text('id')} = lower($1)",
        name,
    )
    if len(rows) != 1:
        found = f"{len(rows)} accounts of the source" if rows else "no account of the source"
        raise Refusal(Exit.NOT_FOUND, f"--link: {name} means {found}; name one by its id")
    id: UUID = rows[0]["id"]
    return id


async def _new(work: Work, name: str) -> UUID:
    id: UUID | None = await work.connection.fetchval("SELECT id FROM users WHERE lower(username) = lower($1)", name)
    if id is None:
        raise Refusal(Exit.NOT_FOUND, f"--link: there is no account named {name} here")
    return id
