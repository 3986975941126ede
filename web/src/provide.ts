// Provides components with the stores.
import type { Application } from "./application.svelte";
import { provideReadMarks } from "./conversations/context";
import { provideWriting } from "./friends/context";
import { provideStores } from "./store/context";
import { provideRingSounds } from "./voice/context";

export function provide(app: Application): void {
  provideStores(Object.values(app).filter((part) => part instanceof Object));
  provideReadMarks(app.unread);
  provideWriting((user) => app.navigation.writeTo(user));
  provideRingSounds(app.sounds);
}
