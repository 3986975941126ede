"""The errors that only this package answers with."""

from coterie.errors import Entry

TOO_MANY_ROLES = Entry(400, "too_many_roles", "This server has reached its role limit. Delete a role first.")
