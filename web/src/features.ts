// All rooms that declare themselves. Their pages in the settings have the order of this list.
import type { CreateFeature } from "./feature";
import { accessTokens } from "./accesstokens/feature";
import { account } from "./account/feature";
import { appearance } from "./appearance/feature";
import { audit } from "./audit/feature";
import { automod } from "./automod/feature";
import { bots } from "./bots/feature";
import { emojis } from "./emojis/feature";
import { files } from "./files/feature";
import { friends } from "./friends/feature";
import { instance } from "./instance/feature";
import { invites } from "./invites/feature";
import { moderation } from "./moderation/feature";
import { notifications } from "./notifications/feature";
import { polls } from "./polls/feature";
import { previews } from "./previews/feature";
import { reports } from "./reports/feature";
import { retention } from "./retention/feature";
import { scheduledEvents } from "./scheduledevents/feature";
import { securityEvents } from "./securityevents/feature";
import { server } from "./server/feature";
import { usage } from "./usage/feature";
import { voice } from "./voice/feature";
import { webhooks } from "./webhooks/feature";

export const FEATURES: readonly CreateFeature[] = [
  account,
  securityEvents,
  friends,
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
  instance,
  polls,
  scheduledEvents,
  files,
  previews,
];
