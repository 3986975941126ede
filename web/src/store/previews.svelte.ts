// What links lead to, asked for once in the life of the page, and only when somebody is about to see it.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import { Failure } from "../api/failure";
import type { LinkPreview } from "../api/types";

const LIMIT = 500;

export class Previews {
  /** The operator wants none. */
  isOff = $state(false);
  /** Null is a link of which nothing can be told. */
  private readonly known = new SvelteMap<string, LinkPreview | null>();
  private readonly asked = new Set<string>();

  constructor(private readonly api: Api) {}

  /** Undefined until the answer is there. */
  of(url: string): LinkPreview | null | undefined {
    return this.known.get(url);
  }

  look(url: string): void {
    if (this.isOff || this.known.has(url) || this.asked.has(url)) return;
    this.asked.add(url);
    this.api
      .linkPreview(url)
      .then(
        (preview) => this.put(url, preview),
        (problem: unknown) => {
          this.isOff ||= problem instanceof Failure && problem.code === "link_previews_off";
          this.put(url, null);
        },
      )
      .finally(() => this.asked.delete(url));
  }

  /** The oldest makes room. */
  private put(url: string, preview: LinkPreview | null): void {
    this.known.set(url, preview);
    if (this.known.size > LIMIT) this.known.delete(this.known.keys().next().value!);
  }
}

/** Where this server passes the picture on, so that nobody's browser asks the linked site. */
export const pictureOf = (url: string) => `/api/link-preview/image?url=${encodeURIComponent(url)}`;
