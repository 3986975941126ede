import type { CreateFeature } from "../feature";
import { Inbox } from "./inbox.svelte";

export const inbox: CreateFeature = (core) => {
  const inbox = new Inbox(core);
  return { stores: [inbox], refetch: () => inbox.refetch() };
};
