"""Changes of roles and overrides are in the audit log; what changed nothing is not."""

from tests.roles.ranks import Ranks


async def test_it_is_recorded(ranks: Ranks) -> None:
    helper, member = ranks.roles["helper"], ranks.member
    before = len(await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/audit-logs"))
    body = {"role_id": helper["id"], "allow": 16, "deny": 2}
    for _ in range(2):
        await ranks.moderator.expect(200, "PATCH", ranks.one(helper), {"name": "Aide"})
        await ranks.moderator.expect(204, "PUT", ranks.held(member, helper))
        override = await ranks.moderator.expect(200, "PUT", ranks.overrides, body)
    await ranks.moderator.expect(204, "DELETE", f"{ranks.overrides}/{override['id']}")
    for _ in range(2):
        await ranks.moderator.expect(204, "DELETE", ranks.held(member, helper))
    await ranks.moderator.expect(204, "DELETE", ranks.one(helper))
    made = await ranks.moderator.expect(201, "POST", ranks.path, {"name": "New"})
    found = await ranks.owner.expect(200, "GET", f"/api/servers/{ranks.server}/audit-logs")
    recorded = found[: len(found) - before]
    assert {entry["actor_id"] for entry in recorded} == {ranks.moderator.id}
    held = {"role_id": helper["id"], "role_name": "Aide"}
    changed = {"name": "Aide", "permissions": helper["permissions"], "auto_assign": False}
    told = {"override_id": override["id"], "user_id": None, **body}
    assert [(each["action"], each["target_type"], each["target_id"], each["details"]) for each in recorded] == [
        ("role_create", "role", made["id"], {"name": "New", "permissions": 0, "auto_assign": False}),
        ("role_delete", "role", helper["id"], {"name": "Aide"}),
        ("member_role_remove", "user", member.id, held),
        ("channel_override_delete", "channel", ranks.channel, {"override_id": override["id"]}),
        ("channel_override_update", "channel", ranks.channel, told),
        ("member_role_add", "user", member.id, held),
        ("role_update", "role", helper["id"], changed),
    ]
