"""The errors that only this package answers with."""

from coterie.errors import Entry

NOT_A_GROUP = Entry(400, "not_a_group", "You can only do that in a group. You can hide a direct conversation instead.")
NOT_THE_GROUPS_OWNER = Entry(403, "not_the_groups_owner", "Only the owner of this group can do that.")
TOO_MANY_PARTICIPANTS = Entry(400, "too_many_participants", "A group can have at most 50 people.")
TOO_MANY_GROUPS = Entry(400, "too_many_groups", "One of these people has reached the limit of groups.")
