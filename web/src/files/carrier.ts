// How uploads reach the server and the browser's storage.
import type { Api } from "../api/api";
import type { UploadOptions } from "../api/upload";
import type { Message } from "../api/types";
import { pendingStore, type LocalDatabase } from "../store/local/database";
import type { Tabs } from "../store/tabs";
import type { Toasts } from "../ui/toasts.svelte";
import { NO_WORDS } from "./sizes";
import type { Carrier } from "./uploads.svelte";

interface Needs {
  api: Api;
  session: {
    upload: (path: string, form: FormData, options: Omit<UploadOptions, "token">) => Promise<unknown>;
  };
  local: LocalDatabase;
  tabs: Pick<Tabs<never>, "alone">;
  talk: { receive: (message: Message) => void; delete: (message: Message) => Promise<void> };
  /** Messages that are not sent yet. */
  outbox: { entries: { nonce: string; content: string }[]; discard: (nonce: string) => void };
  toasts: Pick<Toasts, "report">;
}

export function carrierOf(needs: Needs): Carrier {
  return {
    send(message, { key, file }, progress, signal) {
      const form = new FormData();
      form.append("files", file);
      return needs.session.upload(`/api/messages/${message}/attachments?nonce=${key}`, form, {
        progress,
        signal,
      });
    },
    look: ({ channel_id, id }) => needs.api.message(channel_id, id),
    arrived: (message) => needs.talk.receive(message),
    emptied(nonce, message) {
      if (message?.content === NO_WORDS) needs.talk.delete(message).catch(needs.toasts.report);
      const outgoing = needs.outbox.entries.find((entry) => entry.nonce === nonce);
      if (outgoing?.content === NO_WORDS) needs.outbox.discard(nonce);
    },
    uploads: pendingStore(needs.local, "uploads"),
    files: pendingStore(needs.local, "files"),
    alone: (nonce, work) => needs.tabs.alone(nonce, work),
  };
}
