// The pages of all rooms in the settings, together: apart, each would need a request of its own.
import type { AccountPages, ServerPages, SettingsPages } from "./feature";

interface RoomPages {
  serverPages?: ServerPages;
  accountPages?: AccountPages;
}

const all = Object.values(import.meta.glob<RoomPages>("./*/pages.ts", { eager: true }));

export const pages: SettingsPages = {
  server: Object.assign({}, ...all.map(({ serverPages }) => serverPages)),
  account: Object.assign({}, ...all.map(({ accountPages }) => accountPages)),
};
