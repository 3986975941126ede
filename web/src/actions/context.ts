// What the actions need. They are offered together, in menus and in the switcher, so they get their stores together.
import { Features } from "../feature";
import { use } from "../store/context";
import { Session } from "../store/session.svelte";
import { Route } from "../store/route.svelte";
import { Screen } from "../store/screen.svelte";
import { Api } from "../api/api";
import { Toasts } from "../ui/toasts.svelte";
import { People } from "../people/people.svelte";
import { Names } from "../people/names";
import { Community } from "../community/community.svelte";
import { Folds } from "../community/folds.svelte";
import { Permissions } from "../community/permissions.svelte";
import { Perspective } from "../community/perspective.svelte";
import { Access } from "../community/access";
import { Friends } from "../friends/friends.svelte";
import { Conversations } from "../conversations/conversations.svelte";
import { ConversationNames } from "../conversations/conversationnames";
import { Navigation } from "../conversations/navigation";
import { Voices } from "../voice/voices.svelte";
import { Unread } from "../messages/unread.svelte";
import { Levels } from "../notifications/levels.svelte";

export interface Needs {
  features: Features;
  session: Session;
  route: Route;
  screen: Screen;
  api: Api;
  toasts: Toasts;
  people: People;
  names: Names;
  community: Community;
  folds: Folds;
  permissions: Permissions;
  perspective: Perspective;
  access: Access;
  friends: Friends;
  conversations: Conversations;
  conversationNames: ConversationNames;
  navigation: Navigation;
  voices: Voices;
  unread: Unread;
  levels: Levels;
}

/** Call it when a component is created. */
export function useActions(): Needs {
  return {
    features: use(Features),
    session: use(Session),
    route: use(Route),
    screen: use(Screen),
    api: use(Api),
    toasts: use(Toasts),
    people: use(People),
    names: use(Names),
    community: use(Community),
    folds: use(Folds),
    permissions: use(Permissions),
    perspective: use(Perspective),
    access: use(Access),
    friends: use(Friends),
    conversations: use(Conversations),
    conversationNames: use(ConversationNames),
    navigation: use(Navigation),
    voices: use(Voices),
    unread: use(Unread),
    levels: use(Levels),
  };
}
