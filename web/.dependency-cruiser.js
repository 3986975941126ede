// The packages of the client, from top to bottom: a package imports only those below it, so that you can understand and
// change each without those above. At the very top are the files of `src/` itself, which combine all packages.
const FLOORS = [
  "welcome", // logging in and registering
  "shell", // the frame around everything: rail, sidebar, drawers, banners
  "shortcuts", // keys, and going somewhere by name
  "actions", // what can be done with servers, channels, people and pictures, for every menu
  "inbox", // messages that mention or answer the user
  "search", // finding messages
  "account", // the settings of the user's account
  "accountdeletion", // deleting your own account
  "accountexport", // taking along everything that is yours
  "instance", // for administrators: the settings, people, servers and figures of the instance
  "server", // the settings of a server
  "audit", // the audit log of a server
  "webhooks", // webhooks of a server
  "emojis", // the emoji of a server
  "retention", // how long a server keeps messages
  "automod", // a server's rules for what is written in it
  "reports", // what people report, and what is decided about it
  "moderation", // the bans of a server
  "invites", // links into a server
  "bots", // accounts of programs
  "accesstokens", // tokens that people make for their programs
  "securityevents", // logins, failures and changes of accounts
  "usage", // what the account uses
  "appearance", // colours, sizes and the language
  "scheduledevents", // events with a date, which a message announces
  "polls", // polls and votes
  "views", // the screens of channels and conversations, and the lists of both
  "documents", // texts that several people edit at once
  "notifications", // notification levels, desktop notifications and badges
  "members", // a person's card, and the list of a server's members
  "talk", // a channel's or conversation's messages, writing below them, and the thread beside them
  "list", // the rows of messages, what they show, and their scrolling
  "writing", // the fields for writing messages: suggestions, formatting
  "reactions", // reactions, and who reacted
  "markup", // the text of a message, as it is shown
  "emoji", // choosing and finding emoji
  "previews", // cards for links
  "messages", // histories, threads, sending, unread, drafts
  "voice", // calls: who is in them, and how browsers connect
  "conversations", // direct ones and groups, and receipts
  "files", // what messages carry: picking, sending, showing
  "friends", // friends, requests, blocks
  "people", // names, pictures and presence of all known people
  "community", // servers, channels, roles and permissions
  "code", // blocks of code, with colours
  "ui", // what every screen is made of
  "store", // session, route, positions, following, events, the local database
  "sync", // the gateway and its frames
  "api", // the server's routes and records
  "text", // languages, markup, time
];

/** Only the list of rooms names these, so that each can be deleted with its folder. */
const REMOVABLE = [
  "accesstokens",
  "accountexport",
  "audit",
  "automod",
  "bots",
  "emojis",
  "moderation",
  "polls",
  "retention",
  "scheduledevents",
  "usage",
  "webhooks",
];

const below = (floor) => FLOORS.slice(FLOORS.indexOf(floor) + 1);

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circle",
      severity: "error",
      from: { path: "(.+)" },
      to: { circular: true, pathNot: "^$1$" }, // a component may render itself
    },
    ...FLOORS.map((floor) => ({
      name: `${floor}-imports-only-what-lies-below`,
      severity: "error",
      from: { path: `^src/${floor}/` },
      to: { path: "^src/", pathNot: `^src/(feature\\.ts$|(${[floor, ...below(floor)].join("|")})/)` },
    })),
    {
      name: "only-the-list-imports-removable-rooms",
      severity: "error",
      from: { path: "^src/([^/]+)/" },
      to: { path: `^src/(${REMOVABLE.join("|")})/`, pathNot: "^src/$1/" },
    },
    {
      name: "every-room-has-a-floor",
      severity: "error",
      from: {},
      to: { path: "^src/[^/]+/", pathNot: `^src/(${FLOORS.join("|")})/` },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    // Types are dependencies too; of components only values are visible, because they are compiled before they are
    // read.
    tsPreCompilationDeps: true,
    includeOnly: "^src/",
    enhancedResolveOptions: { extensions: [".ts", ".svelte.ts", ".d.ts", ".js"] },
  },
};
