// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Api } from "../api/api";
import type { Community } from "../community/community.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Navigation } from "../conversations/navigation";
import type { People } from "../people/people.svelte";

export interface Needs {
  api: Api;
  people: People;
  community: Community;
  conversations: Conversations;
  navigation: Navigation;
}

export const [useApplication, provide] = createContext<Needs>();
