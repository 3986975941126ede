// What is needed to go anywhere.
import { use } from "../store/context";
import { Session } from "../store/session.svelte";
import { Route } from "../store/route.svelte";
import { People } from "../people/people.svelte";
import { Community } from "../community/community.svelte";
import { Conversations } from "../conversations/conversations.svelte";
import { ConversationNames } from "../conversations/conversationnames";
import { Friends } from "../friends/friends.svelte";
import { Navigation } from "../conversations/navigation";
import { Line } from "../voice/line.svelte";
import { Toasts } from "../ui/toasts.svelte";
import { Badges } from "../notifications/badges";

export interface Needs {
  session: Session;
  route: Route;
  people: People;
  community: Community;
  conversations: Conversations;
  conversationNames: ConversationNames;
  friends: Friends;
  navigation: Navigation;
  line: Line;
  toasts: Toasts;
  badges: Badges;
}

/** Call it when a component is created. */
export function useDestinations(): Needs {
  return {
    session: use(Session),
    route: use(Route),
    people: use(People),
    community: use(Community),
    conversations: use(Conversations),
    conversationNames: use(ConversationNames),
    friends: use(Friends),
    navigation: use(Navigation),
    line: use(Line),
    toasts: use(Toasts),
    badges: use(Badges),
  };
}
