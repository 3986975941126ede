// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Api } from "../api/api";
import type { Profile, ProfileChange, User } from "../api/types";
import type { Access } from "../community/access";
import type { Community } from "../community/community.svelte";
import type { Membership } from "../community/membership";
import type { Perspective } from "../community/perspective.svelte";
import type { Permissions } from "../community/permissions.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Friends } from "../friends/friends.svelte";
import type { Outbox } from "../messages/outbox.svelte";
import type { People } from "../people/people.svelte";
import type { Live } from "../store/live.svelte";
import type { Session } from "../store/session.svelte";
import type { Appearance } from "../ui/appearance.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Line } from "../voice/line.svelte";

export interface Needs {
  session: Session;
  live: Live;
  api: Api;
  toasts: Toasts;
  appearance: Appearance;
  people: People;
  community: Community;
  permissions: Permissions;
  perspective: Perspective;
  access: Access;
  membership: Membership;
  friends: Friends;
  conversations: Conversations;
  outbox: Outbox;
  line: Line;
  report: (error: unknown) => void;
  updateMe: (change: ProfileChange) => Promise<void>;
  updateProfile: (profile: Profile | User) => void;
}

export const [useApplication, provide] = createContext<Needs>();
