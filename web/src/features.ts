// All rooms that declare themselves. Events reach them in the order of this list, in which READY matters: people come
// first, and conversations still find what was unread before. Their pages in the settings have the same order.
import type { CreateFeature } from "./feature";
import { accessTokens } from "./accesstokens/feature";
import { account } from "./account/feature";
import { accountDeletion } from "./accountdeletion/feature";
import { accountExport } from "./accountexport/feature";
import { appearance } from "./appearance/feature";
import { audit } from "./audit/feature";
import { automod } from "./automod/feature";
import { bots } from "./bots/feature";
import { community } from "./community/feature";
import { conversations } from "./conversations/feature";
import { documents } from "./documents/feature";
import { emojis } from "./emojis/feature";
import { files } from "./files/feature";
import { friends } from "./friends/feature";
import { inbox } from "./inbox/feature";
import { instance } from "./instance/feature";
import { invites } from "./invites/feature";
import { messages } from "./messages/feature";
import { moderation } from "./moderation/feature";
import { notifications } from "./notifications/feature";
import { people } from "./people/feature";
import { polls } from "./polls/feature";
import { previews } from "./previews/feature";
import { reports } from "./reports/feature";
import { retention } from "./retention/feature";
import { scheduledEvents } from "./scheduledevents/feature";
import { securityEvents } from "./securityevents/feature";
import { server } from "./server/feature";
import { shell } from "./shell/feature";
import { store } from "./store/feature";
import { usage } from "./usage/feature";
import { voice } from "./voice/feature";
import { webhooks } from "./webhooks/feature";

export const FEATURES: readonly CreateFeature[] = [
  people,
  account,
  securityEvents,
  friends,
  conversations,
  community,
  messages,
  notifications,
  appearance,
  voice,
  accessTokens,
  bots,
  server,
  invites,
  moderation,
  reports,
  automod,
  retention,
  emojis,
  webhooks,
  audit,
  usage,
  accountExport,
  accountDeletion,
  instance,
  polls,
  scheduledEvents,
  documents,
  files,
  inbox,
  previews,
  shell,
  store,
];
