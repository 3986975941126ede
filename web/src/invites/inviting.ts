// How long invites last and how often they can be used.
import { duration, shortDateAndTime } from "../text/time";
import type { Invite, InviteCreation } from "../api/types";
import { words } from "../text/settingswords";

export const USUAL_HOURS = 168;
const HOURS = [1, 24, USUAL_HOURS, 720];
const USES = [1, 5, 25, 100];

/** The choices of two fields, each with its label; empty for no limit. */
export const lifetimes = (): [string, string][] => [
  ...HOURS.map((hours): [string, string] => [String(hours), duration(hours * 3600)]),
  ["", words.invites.untilRevoked],
];
export const uses = (): [string, string][] => [
  ["", words.invites.anyNumber],
  ...USES.map((count): [string, string] => [String(count), words.invites.people({ count })]),
];

/** What was chosen in these fields. */
export const creationOf = (hours: string, most: string): InviteCreation => ({
  expires_in_hours: hours ? Number(hours) : null,
  max_uses: most ? Number(most) : null,
});

type Limits = Pick<Invite, "expires_at" | "max_uses" | "uses">;

const isUsedUp = ({ max_uses, uses }: Limits): boolean => max_uses !== null && uses >= max_uses;
const isExpired = ({ expires_at }: Limits): boolean =>
  expires_at !== null && Date.parse(expires_at) <= Date.now();

/** Whether anyone can still join with it. */
export const isOpen = (invite: Limits): boolean => !isUsedUp(invite) && !isExpired(invite);

export function endOf(invite: Limits): string {
  const { expires_at } = invite;
  if (isUsedUp(invite)) return words.invites.usedUp;
  if (isExpired(invite)) return words.invites.ended;
  return expires_at
    ? words.invites.until({ when: shortDateAndTime(new Date(expires_at)) })
    : words.invites.forever;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** An invite that was made before and will do: without a limit of uses, and good for a day more. */
export const willDo = ({ created_by, max_uses, expires_at }: Invite, me: string | undefined): boolean =>
  created_by === me &&
  max_uses === null &&
  expires_at !== null &&
  Date.parse(expires_at) > Date.now() + DAY_MS;
