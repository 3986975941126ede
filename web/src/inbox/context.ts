// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Access } from "../community/access";
import type { Community } from "../community/community.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Navigation } from "../conversations/navigation";
import type { People } from "../people/people.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Inbox } from "./inbox.svelte";

export interface Needs {
  session: Session;
  screen: Screen;
  people: People;
  community: Community;
  access: Access;
  conversations: Conversations;
  navigation: Navigation;
  inbox: Inbox;
}

export const [useApplication, provide] = createContext<Needs>();
