// What each event of the gateway does to the stores. Together with the fetched state this keeps the law:
// old state + events = fresh state. `following.ts` sees to it that no event is missing.
import type { Id, Message } from "../api/types";
import type { Departure, EventName, Events, Frame, Ready } from "../sync/frames";
import type { Application } from "./application.svelte";
import * as company from "./company";

/** `topic` is what the change belongs to: a server, a channel, a conversation or myself. */
export type Applier<Name extends EventName> = (app: Application, data: Events[Name], topic: Id) => void;
type Appliers = { [Name in EventName]: Applier<Name> };

const appliers: Appliers = {
  ...company.appliers,
  READY: ready,
  MESSAGE_CREATE(app, message) {
    app.receive(message);
    if (message.author_id) app.typing.ended(message.channel_id, message.author_id);
  },
  MESSAGE_UPDATE(app, message) {
    app.receive(message);
    app.conversations.changed(message);
  },
  MESSAGE_PIN: (app, message) => app.receive(message),
  MESSAGE_UNPIN: (app, message) => app.receive(message),
  THREAD_MESSAGE_CREATE: (app, message) => app.receive(message),
  REACTION_ADD: (app, { user_id, emoji, ...message }) => app.talk.reacted(message, user_id, emoji, true),
  REACTION_REMOVE: (app, { user_id, emoji, ...message }) => app.talk.reacted(message, user_id, emoji, false),
  MESSAGE_DELETE(app, message) {
    app.receive({ ...message, deleted: true });
    app.conversations.changed({ ...message, deleted: true });
    if (!message.thread_id && message.author_id !== app.user?.id) app.unread.deleted(message);
  },
  NOTIFICATION_LEVEL_UPDATE: (app, level) => app.levels.put(level),
  NOTIFICATION_LEVEL_DELETE: (app, { place_id }) => app.levels.drop(place_id),
  READ_MARK_UPDATE: (app, { channel_id, position }) => app.unread.marked(channel_id, position),
  CHANNEL_CREATE(app, channel) {
    app.community.putChannel(channel);
    // A new channel begins at 0; one that opens to me brings its place beside the event.
    if (app.positions.of(channel.id) === undefined) app.positions.take(channel.id, 0);
    if (channel.type === "voice") app.voices.load(channel.server_id).catch(app.report);
  },
  CHANNEL_UPDATE: (app, channel) => app.community.putChannel(channel),
  CHANNEL_DELETE(app, { id }) {
    app.community.removeChannel(id);
    app.unread.forget(id);
    app.voices.forget((state) => state.channel_id === id);
    app.histories.forget(id);
    app.keeping.forget(id);
  },
  SERVER_CREATE: (app, { id }) => app.membership.arrive(id),
  SERVER_UPDATE: (app, server) => app.community.putServer(server),
  SERVER_DELETE: (app, { id, departure, reason }) =>
    app.membership.left(id, departure ? { departure, reason: reason ?? null } : null),
  MEMBER_JOIN(app, member) {
    app.community.putMember(member.server_id, member);
    app.people.refresh(member.user_id);
  },
  MEMBER_UPDATE: (app, member) => app.community.putMember(member.server_id, member),
  MEMBER_ROLE_ADD: (app, member) => app.community.putMember(member.server_id, member),
  MEMBER_ROLE_REMOVE: (app, member) => app.community.putMember(member.server_id, member),
  MEMBER_TIMEOUT: (app, member) => app.community.putMember(member.server_id, member),
  MEMBER_TIMEOUT_REMOVE: (app, member) => app.community.putMember(member.server_id, member),
  MEMBER_KICK: (app, gone) => sentAway(app, "MEMBER_KICK", gone),
  MEMBER_BAN: (app, gone) => sentAway(app, "MEMBER_BAN", gone),
  MEMBER_UNBAN: () => undefined, // for who has the list open
  BAN_CREATE: () => undefined,
  SESSION_CREATE: () => undefined,
  SESSION_UPDATE: () => undefined,
  SESSION_DELETE: () => undefined,
  ROLE_CREATE: (app, role) => app.rights.putRole(role),
  ROLE_UPDATE: (app, role) => app.rights.putRole(role),
  ROLE_DELETE: (app, { role_id }) => app.rights.removeRole(role_id),
  CHANNEL_OVERRIDE_UPDATE: (app, override) => app.rights.putOverride(override),
  CHANNEL_OVERRIDE_DELETE: (app, { override_id }) => app.rights.removeOverride(override_id),
  DOCUMENT_CREATE: (app, document) => app.documents.put(document),
  DOCUMENT_UPDATE: (app, document) => app.documents.put(document),
  DOCUMENT_DELETE: (app, { id }) => app.documents.drop(id),
  CUSTOM_EMOJI_CREATE: () => undefined,
  CUSTOM_EMOJI_UPDATE: () => undefined,
  CUSTOM_EMOJI_DELETE: () => undefined,
  INVITE_CREATE: () => undefined,
  INVITE_UPDATE: () => undefined,
  INVITE_DELETE: () => undefined,
  MEMBER_LEAVE: (app, { server_id, user_id }) => app.community.removeMember(server_id, user_id),
  USER_UPDATE(app, record) {
    if ("server_id" in record) app.community.putMember(record.server_id, record);
    else app.updateProfile(record);
  },
  TYPING_START(app, { channel_id, user_id }) {
    if (user_id === app.user?.id) return;
    app.people.meet(user_id);
    app.typing.started(channel_id, user_id);
  },
  TOPIC_RESET: () => undefined, // the frame names the topic, so `isNext` sees to it
  TOPIC_GONE: (app, { topic }) => app.following.gone(topic),
  PRESENCE_RESET: (app, reset) => app.presences.reset(reset),
  PRESENCE_UPDATE(app, presence) {
    app.people.applyPresence(presence);
    if (presence.status === "offline") app.friends.wentAway(presence.user_id);
  },
  VOICE_STATE_UPDATE(app, state) {
    const isNew = app.voices.of(state.user_id)?.channel_id !== state.channel_id;
    app.voices.apply(state);
    app.line.changed(state);
    if (isNew) company.called(app, state);
  },
  VOICE_SIGNAL: (app, signal) => app.line.receive(signal),
};

export function apply(app: Application, frame: Frame): void {
  // A resume repeats what was told before, for the sake of the state that is held here: it is no news.
  const isTold = frame.place !== null && frame.place.position <= app.positions.toldTo(frame.place.topic);
  if (frame.place && !app.following.isNext(frame, frame.place)) return;
  app.positions.follow(frame.positions);
  const applier = appliers[frame.name] as Applier<EventName> | undefined;
  applier?.(app, frame.data, frame.place?.topic ?? "");
  if (frame.place || frame.name === "READY") app.keeping.note(frame.place?.topic);
  if (isTold) return app.following.repeated(frame);
  app.tell(frame);
  if (isNews(frame) && frame.place) app.talk.noteNews(frame.data);
  if (frame.name === "THREAD_MESSAGE_CREATE" && frame.place) app.talk.noteReply(frame.data as Message);
}

function isNews(frame: Frame): frame is Frame<"MESSAGE_CREATE" | "DM_MESSAGE_CREATE"> {
  return frame.name === "MESSAGE_CREATE" || frame.name === "DM_MESSAGE_CREATE";
}

function sentAway(
  app: Application,
  departure: Departure["departure"],
  { server_id, user_id, reason }: Events["MEMBER_KICK"],
): void {
  if (user_id === app.user?.id) app.membership.left(server_id, { departure, reason });
  else app.community.removeMember(server_id, user_id);
}

function ready(app: Application, data: Ready): void {
  app.updateProfile(data.user);
  company.ready(app, data);
  app.community.replaceServers(data.servers);
  app.unread.adopt(data.unread_counts ?? []);
  app.levels.adopt(data.notification_levels ?? []);
  app.rights.adopt(data.server_roles ?? {}, data.channel_overrides ?? {});
  app.following.ready(data.positions ?? {}, data.epoch ?? null);
  app.refreshOpen();
  app.documents.ready(app);
  app.outbox.resume();
  app.threads.resume();
  app.uploads.resume();
  app.line.ready();
  app.line.rejoin();
}
