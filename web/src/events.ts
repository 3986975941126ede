// The effects of each gateway event, combined from the packages' own appliers.
import type { Id, ReportState } from "./api/types";
import type { Community } from "./community/community.svelte";
import { communityEvents } from "./community/events";
import type { Membership } from "./community/membership";
import type { Permissions } from "./community/permissions.svelte";
import type { Conversations } from "./conversations/conversations.svelte";
import { conversationEvents } from "./conversations/events";
import type { Receipts } from "./conversations/receipts.svelte";
import type { Documents } from "./documents/documents.svelte";
import { documentEvents } from "./documents/events";
import type { Uploads } from "./files/uploads.svelte";
import { friendEvents } from "./friends/events";
import type { Friends } from "./friends/friends.svelte";
import { messageEvents } from "./messages/events";
import type { Histories } from "./messages/history.svelte";
import type { Outbox } from "./messages/outbox.svelte";
import type { Talk } from "./messages/talk.svelte";
import type { Threads } from "./messages/threads.svelte";
import type { TypingNotices } from "./messages/typing.svelte";
import type { Unread } from "./messages/unread.svelte";
import { notificationEvents } from "./notifications/events";
import type { Levels } from "./notifications/levels.svelte";
import type { NotificationSounds } from "./notifications/sounds.svelte";
import { peopleEvents } from "./people/events";
import type { OwnProfile } from "./people/ownprofile";
import type { People } from "./people/people.svelte";
import type { Presences } from "./people/presences";
import { refreshOpen } from "./refresh";
import type { Appliers } from "./store/events";
import type { Following } from "./store/following";
import type { Positions } from "./store/positions";
import type { Route } from "./store/route.svelte";
import type { Session } from "./store/session.svelte";
import type { CoreEvents, Ready } from "./sync/frames";
import { laterTexts } from "./text/language.svelte";
import { later } from "./text/texts";
import type { Toasts } from "./ui/toasts.svelte";
import { voiceEvents } from "./voice/events";
import type { Line } from "./voice/line.svelte";
import type { Ringing } from "./voice/ringing.svelte";
import type { Voices } from "./voice/voices.svelte";

interface Needs {
  session: Session;
  route: Route;
  toasts: Toasts;
  positions: Positions;
  following: Following;
  people: People;
  presences: Presences;
  community: Community;
  permissions: Permissions;
  membership: Membership;
  friends: Friends;
  conversations: Conversations;
  receipts: Receipts;
  talk: Talk;
  threads: Threads;
  outbox: Outbox;
  uploads: Uploads;
  typing: TypingNotices;
  unread: Unread;
  levels: Levels;
  documents: Documents;
  voices: Voices;
  line: Line;
  ringing: Ringing;
  sounds: NotificationSounds;
  histories: Histories;
  report: (error: unknown) => void;
  ownProfile: OwnProfile;
  forgetChannel: (channel: Id) => void;
}

export function appliersOf(app: Needs): Appliers<keyof CoreEvents> {
  const { session, community, people, friends, conversations, voices, line } = app;
  const me = () => session.user?.id;
  const forgetChannel = (channel: Id) => {
    voices.forget((state) => state.channel_id === channel);
    app.forgetChannel(channel);
  };
  return {
    ...communityEvents({
      ...app,
      me,
      voiceOpened: (server) => void voices.load(server).catch(app.report),
      channelGone: forgetChannel,
      joined: (user) => people.refresh(user),
    }),
    ...peopleEvents({
      ...app,
      member: (member) => community.putMember(member.server_id, member),
      profile: (profile) => app.ownProfile.adopt(profile),
      wentOffline: (user) => friends.wentOffline(user),
    }),
    ...friendEvents(friends, (user) => conversations.allow(user)),
    ...conversationEvents({
      ...app,
      gone(conversation) {
        forgetChannel(conversation);
        if (line.call?.channel.id === conversation) line.drop();
      },
    }),
    ...messageEvents({ ...app, me }),
    ...notificationEvents(app.levels),
    ...documentEvents(app.documents),
    ...voiceEvents(app),
    READY: (data) => ready(app, data),
    TOPIC_RESET: () => undefined, // the frame names the topic, and `Following` handles it
    TOPIC_GONE: ({ topics }) => topics.forEach((topic) => app.following.gone(topic)),
    REPORT_ANSWER: ({ state, answer }) => void answered(app, state, answer).catch(app.report),
  };
}

/** Tells the user that someone has decided about their report. */
async function answered({ toasts }: Needs, state: ReportState, answer: string | null): Promise<void> {
  await laterTexts();
  if (state !== "open") toasts.notice([later.reports[state], answer].filter(Boolean).join(" "));
}

function ready(app: Needs, data: Ready): void {
  const { conversations = [], contacts = [], friend_requests = [], blocks = [], privacy = null } = data;
  app.ownProfile.adopt(data.user);
  app.friends.adopt({ contacts, friend_requests, blocks, privacy });
  app.conversations.adopt(conversations);
  app.receipts.markStale();
  for (const { id, last_message } of conversations)
    if (app.unread.has(id) && last_message) app.receipts.received(id, last_message.id);
  app.community.replaceServers(data.servers);
  app.unread.adopt(data.unread_counts ?? []);
  app.levels.adopt(data.notification_levels ?? []);
  app.permissions.adopt(data.server_roles ?? {}, data.channel_overrides ?? {});
  app.following.ready(data.positions ?? {}, data.epoch ?? null);
  refreshOpen(app);
  app.documents.ready();
  app.outbox.resume();
  app.threads.resume();
  app.uploads.resume();
  app.line.ready();
  app.line.rejoin();
}
