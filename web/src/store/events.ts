// What each event of the gateway does to the stores. Together with the fetched state this keeps the law:
// old state + events = fresh state. A gap in a topic makes that topic be fetched again.
import type { Id } from "../api/types";
import type { EventName, Events, Frame, Ready } from "../sync/frames";
import type { Application } from "./application.svelte";

type Appliers = { [Name in EventName]: (app: Application, data: Events[Name]) => void };

const appliers: Appliers = {
  READY: ready,
  MESSAGE_CREATE(app, message) {
    app.receive(message);
    if (message.author_id) app.typing.ended(message.channel_id, message.author_id);
  },
  MESSAGE_UPDATE: (app, message) => app.receive(message),
  MESSAGE_DELETE: (app, message) => app.receive({ ...message, deleted: true }),
  CHANNEL_CREATE(app, channel) {
    app.community.putChannel(channel);
    app.unread.introduce(channel.id);
  },
  CHANNEL_UPDATE: (app, channel) => app.community.putChannel(channel),
  CHANNEL_DELETE(app, { id }) {
    app.community.removeChannel(id);
    app.histories.forget(id);
  },
  SERVER_CREATE: (app, { id }) => app.arrive(id),
  SERVER_UPDATE: (app, server) => app.community.putServer(server),
  SERVER_DELETE: (app, { id }) => app.leave(id),
  MEMBER_JOIN(app, member) {
    app.community.putMember(member.server_id, member);
    app.people.refresh(member.user_id);
  },
  MEMBER_UPDATE: (app, member) => app.community.putMember(member.server_id, member),
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
  PRESENCE_UPDATE: (app, presence) => app.people.applyPresence(presence),
};

export function apply(app: Application, frame: Frame): void {
  if (frame.place) {
    const judgement = app.positions.judge(frame.place);
    if (judgement === "known") return;
    if (judgement === "gap") refetch(app, frame.place.topic);
  }
  const applier = appliers[frame.name] as ((app: Application, data: unknown) => void) | undefined;
  applier?.(app, frame.data);
  const isNews = frame.name === "MESSAGE_CREATE" && frame.place;
  if (isNews) app.noteNews(frame.place!.topic, frame.place!.position, frame.data as Events["MESSAGE_CREATE"]);
}

function ready(app: Application, data: Ready): void {
  const positions = data.positions ?? {};
  const moved = app.positions.adopt(positions);
  app.histories.markStale(moved);
  app.unread.adopt(positions);
  app.updateProfile(data.user);
  app.community.replaceServers(data.servers);
  app.community.markStale(data.servers.map((server) => server.id));
  app.refreshOpen();
  app.survey();
  app.outbox.retryAll();
}

function refetch(app: Application, topic: Id): void {
  if (app.community.server(topic)) app.community.markStale([topic]);
  app.histories.markStale([topic]);
  app.refreshOpen();
}
