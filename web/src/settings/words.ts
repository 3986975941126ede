// Every sentence and label of the settings of a server: beside text/en.ts, so that it comes with them and not before.
import type { PermissionName } from "../store/rights.svelte";

const because = (reason: unknown): string => (reason ? `: “${String(reason)}”` : "");

export const words = {
  title: (server: string) => `Settings of ${server}`,
  sections: "Sections",
  saved: "Saved.",
  overview: {
    title: "Overview",
    icon: "Server icon",
    chooseIcon: "Choose a picture",
    removeIcon: "Remove picture",
    iconHint: "Square looks best. It is shown to everybody who sees the server.",
    invite: "Invitation only",
    inviteHint: "Nobody joins without an invite, even if it is public.",
  },
  roles: {
    title: "Roles",
    create: "Create role",
    created: "New role",
    everybody: "Everybody",
    everybodyHint: "What every member may, without any role. Roles add to it.",
    name: "Role name",
    color: "Colour",
    noColor: "No colour",
    withColor: "Show a colour",
    permissions: "Permissions",
    members: "Who has it",
    find: "Find a member",
    noneFound: "Nobody of that name.",
    more: (count: number) => `${count} more: type a name to find them.`,
    delete: "Delete role",
    deleteTitle: (name: string) => `Delete the role ${name}?`,
    deleteHint: "Everybody who has it loses what it allows, in every channel.",
    up: (name: string) => `Move ${name} up`,
    down: (name: string) => `Move ${name} down`,
    above: "This role stands above yours, so you can only look at it.",
    lacking: "You can only give what you may do yourself.",
    order: "Higher roles come first. You can change those below your own.",
  },
  permissions: {
    VIEW_CHANNEL: [
      "View channels",
      "Read what is written. A channel one may not view does not exist for them.",
    ],
    SEND_MESSAGES: ["Send messages", "Write, answer and edit."],
    MANAGE_MESSAGES: ["Manage messages", "Delete what others wrote, pin and unpin."],
    ATTACH_FILES: ["Attach files", "Send pictures, sounds, videos and documents."],
    ADD_REACTIONS: ["Add reactions", "React to messages."],
    CONNECT_VOICE: ["Join voice channels", "Be in them and listen."],
    SPEAK: ["Speak", "Be heard and seen in voice channels."],
    MUTE_MEMBERS: [
      "Time out and mute",
      "Let members only read for a while, and mute them in voice channels.",
    ],
    KICK_MEMBERS: ["Remove members", "Put members out, who may come back, and change nicknames."],
    BAN_MEMBERS: ["Ban members", "Keep people out for good, and see who is banned."],
    MANAGE_CHANNELS: ["Manage channels", "Add, change and delete channels, and say who may do what in them."],
    MANAGE_ROLES: ["Manage roles", "Make and change roles below one's own, give and take them."],
    MANAGE_SERVER: ["Manage server", "Change its name, icon and emoji, and how one gets in."],
    ADMINISTRATOR: ["Administrator", "Everything, whatever channels say. Give it to few."],
    CREATE_INVITES: ["Invite people", "Make, see and revoke invites."],
  } satisfies Record<PermissionName, [string, string]>,
  channels: {
    title: "Channels",
    create: "Create channel",
    edit: (name: string) => `Edit ${name}`,
    permissions: (name: string) => `Permissions of ${name}`,
    up: (name: string) => `Move ${name} up`,
    down: (name: string) => `Move ${name} down`,
    back: "All channels",
    whose: "For",
    hint: "What is denied goes first, what is allowed comes then: everybody, then roles, then the member.",
    member: "Add a member",
    choose: "Choose…",
    inherit: "As elsewhere",
    allow: "Allow",
    deny: "Deny",
    may: "May do it here",
    mayNot: "May not do it here",
    asRole: (name: string) => `A tick shows what somebody with only “${name}” may do here in the end.`,
    asEverybody: "A tick shows what a member without roles may do here in the end.",
    asMember: (name: string) => `A tick shows what ${name} may do here in the end.`,
    none: "There are no channels yet.",
  },
  members: {
    title: "Members",
    find: "Find a member",
    count: (count: number) => (count === 1 ? "1 member" : `${count} members`),
    none: "Nobody of that name.",
    more: "Show more",
  },
  invites: {
    title: "Invites",
    create: "Create invite",
    lasts: "Good for",
    uses: "Uses",
    hours: [
      ["1", "1 hour"],
      ["24", "1 day"],
      ["168", "1 week"],
      ["720", "30 days"],
      ["", "Until revoked"],
    ],
    counts: [
      ["", "Any number"],
      ["1", "1 person"],
      ["5", "5 people"],
      ["25", "25 people"],
      ["100", "100 people"],
    ],
    none: "No invites yet. Create one and send its link to a friend.",
    copyLink: "Copy link",
    copyCode: (code: string) => `Copy code ${code}`,
    revoke: (code: string) => `Revoke ${code}`,
    used: (uses: number, most: number | null) =>
      most !== null
        ? `used ${uses} of ${most} times`
        : uses === 0
          ? "not used yet"
          : uses === 1
            ? "used once"
            : `used ${uses} times`,
    until: (when: string) => `until ${when}`,
    forever: "until revoked",
    ended: "no longer good",
    copied: "Copied. Send it to a friend.",
  },
  bans: {
    title: "Bans",
    none: "Nobody is banned.",
    reason: (reason: string) => `Reason: ${reason}`,
    noReason: "No reason given",
    lift: "Lift ban",
    liftOf: (name: string) => `Lift the ban of ${name}`,
    more: "Show more",
  },
  emoji: {
    title: "Emoji",
    hint: "Up to 50 small pictures that everybody here can use, at most 256 kB each.",
    name: "Name",
    nameHint: "Small letters, digits, _ and -",
    choose: "Choose a picture",
    add: "Add emoji",
    none: "None yet.",
    delete: (name: string) => `Delete :${name}:`,
  },
  audit: {
    title: "Audit log",
    none: "Nothing has been done yet.",
    more: "Show older entries",
    somebody: "Somebody",
    filter: "Show",
    everything: "Everything",
  },
  actions: {
    server_create: (a: string) => `${a} created the server`,
    server_update: (a: string) => `${a} changed the server`,
    server_delete: (a: string) => `${a} deleted the server`,
    server_transfer: (a: string, t: string) => `${a} handed the server over to ${t}`,
    channel_create: (a: string, t: string) => `${a} created the channel ${t}`,
    channel_update: (a: string, t: string) => `${a} changed the channel ${t}`,
    channel_delete: (a: string, t: string) => `${a} deleted the channel ${t}`,
    channel_override_update: (a: string, t: string) => `${a} changed who may do what in ${t}`,
    channel_override_delete: (a: string, t: string) => `${a} took an exception back in ${t}`,
    role_create: (a: string, t: string) => `${a} created the role ${t}`,
    role_update: (a: string, t: string) => `${a} changed the role ${t}`,
    role_delete: (a: string, t: string) => `${a} deleted the role ${t}`,
    member_role_add: (a: string, t: string, d: Details) => `${a} gave ${t} the role ${named(d.role_name)}`,
    member_role_remove: (a: string, t: string, d: Details) =>
      `${a} took the role ${named(d.role_name)} from ${t}`,
    member_nickname_update: (a: string, t: string) => `${a} changed the nickname of ${t}`,
    member_kick: (a: string, t: string, d: Details) => `${a} removed ${t}${because(d.reason)}`,
    member_ban: (a: string, t: string, d: Details) => `${a} banned ${t}${because(d.reason)}`,
    member_unban: (a: string, t: string) => `${a} lifted the ban of ${t}`,
    member_timeout: (a: string, t: string, d: Details) =>
      `${a} timed ${t} out for ${lengthOf(Number(d.duration_minutes))}${because(d.reason)}`,
    member_timeout_remove: (a: string, t: string) => `${a} ended the timeout of ${t}`,
    member_messages_restore: (a: string, t: string) => `${a} brought the messages of ${t} back`,
    member_voice_update: (a: string, t: string) => `${a} changed how ${t} is heard in a voice channel`,
    member_voice_disconnect: (a: string, t: string) => `${a} put ${t} out of a voice channel`,
    message_delete: (a: string) => `${a} deleted a message`,
    message_pin: (a: string) => `${a} pinned a message`,
    message_unpin: (a: string) => `${a} unpinned a message`,
    invite_create: (a: string, t: string) => `${a} created the invite ${t}`,
    invite_revoke: (a: string, t: string) => `${a} revoked the invite ${t}`,
    emoji_create: (a: string, t: string) => `${a} added the emoji ${t}`,
    emoji_delete: (a: string, t: string) => `${a} deleted the emoji ${t}`,
  } as Record<string, (actor: string, target: string, details: Details) => string>,
};

export type Details = Record<string, unknown>;

const named = (name: unknown): string => (typeof name === "string" ? name : "?");

/** As people say it: 5 minutes, 1 hour, 3 days. */
export function lengthOf(minutes: number): string {
  const [count, unit] =
    minutes % 1440 === 0
      ? [minutes / 1440, "day"]
      : minutes % 60 === 0
        ? [minutes / 60, "hour"]
        : [minutes, "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
