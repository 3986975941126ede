// Link previews, fetched once per page load, and only when a user is about to see them.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import { Failure } from "../api/failure";
import type { LinkPreview } from "../api/types";

const LIMIT = 500;

export class Previews {
  /** The operator has turned previews off. */
  isOff = $state(false);
  /** Null for a link without a preview. */
  private readonly known = new SvelteMap<string, LinkPreview | null>();
  private readonly asked = new Set<string>();

  constructor(private readonly api: Api) {}

  /** Undefined until there is a response. */
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

  /** The oldest is dropped. */
  private put(url: string, preview: LinkPreview | null): void {
    this.known.set(url, preview);
    if (this.known.size > LIMIT) this.known.delete(this.known.keys().next().value!);
  }
}

/** The server's own address for the picture, so that no browser requests it from the linked site. */
export const pictureOf = (url: string) => `/api/link-preview/image?url=${encodeURIComponent(url)}`;
