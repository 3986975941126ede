import type { AccountPages } from "../feature";
import { words } from "../text/settingswords";
import Profile from "./Profile.svelte";
import SignIn from "./SignIn.svelte";
import Sessions from "./Sessions.svelte";

export const accountPages: AccountPages = {
  profile: { title: () => words.profile.title, Page: Profile },
  signIn: { title: () => words.signIn.title, Page: SignIn },
  sessions: { title: () => words.sessions.title, Page: Sessions },
};
