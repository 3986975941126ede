// A list that comes in numbered pages and is searched: the newest search wins, and further pages are added.
const PER_PAGE = 20;
const PAUSE_MS = 250;

interface Wanted {
  search: string;
  page: number;
  per_page: number;
}

export class Pages<Item extends { id: string }> {
  /** None until they are loaded. */
  items = $state.raw<Item[] | null>(null);
  total = $state(0);
  search = $state("");
  problem = $state<unknown>(null);
  isBusy = $state(false);
  #asked = 0;
  #page = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly load: (wanted: Wanted) => Promise<{ items: Item[]; total: number }>) {}

  get hasMore(): boolean {
    return (this.items?.length ?? 0) < this.total;
  }

  /** Look again, from the first page. */
  again = () => this.#ask(1);

  more = () => this.#ask(this.#page + 1);

  /** Look again soon: the search is being typed. */
  soon = () => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.again(), PAUSE_MS);
  };

  without(id: string) {
    this.items = this.items?.filter((each) => each.id !== id) ?? null;
    this.total -= 1;
  }

  replace(changed: Item) {
    this.items = this.items?.map((each) => (each.id === changed.id ? changed : each)) ?? null;
  }

  async #ask(page: number) {
    const asked = ++this.#asked;
    this.isBusy = true;
    this.problem = null;
    try {
      const found = await this.load({ search: this.search.trim(), page, per_page: PER_PAGE });
      if (asked !== this.#asked) return;
      const before = page === 1 ? [] : (this.items ?? []);
      const known = new Set(before.map(({ id }) => id)); // new ones move the pages on
      this.items = [...before, ...found.items.filter(({ id }) => !known.has(id))];
      this.total = found.items.length ? found.total : this.items.length;
      this.#page = page;
    } catch (error) {
      if (asked === this.#asked) this.problem = error;
    }
    if (asked === this.#asked) this.isBusy = false;
  }
}
