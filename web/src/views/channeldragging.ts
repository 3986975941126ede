// Dragging channels and categories in a server's list with the mouse. A line shows where it will land; Escape cancels.
// Keys and fingers have the same in the menus of channels and categories.
//
// By hand, since the browsers' own drag and drop does not begin on buttons in Firefox, which the rows are, and a library
// would add handles and lists of its own to rows that are already drawn.
import type { Id } from "../api/types";
import { groupsOf, idOf, placedChannel, placedGroup, type Group } from "../community/grouping";
import { move } from "../community/moving";
import type { Api } from "../api/api";
import type { Toasts } from "../ui/toasts.svelte";
import type { Community } from "../community/community.svelte";
import type { Perspective } from "../community/perspective.svelte";
import type { Access } from "../community/access";

export interface Needs {
  api: Api;
  toasts: Toasts;
  community: Community;
  perspective: Perspective;
  access: Access;
}

/** A pointer that moves less than this has pressed what is below it. */
const SLACK_PX = 5;
/** So close to the edge of the list, it scrolls. */
const EDGE_PX = 36;
const SCROLL_PX = 8;

type Held = { channel: Id } | { category: string | null };

/** Where it would land: the new order, and the height of the line. */
interface Landing {
  next: (groups: Group[]) => Group[];
  y: number;
}

export function dragging(needs: Needs, server: Id, list: HTMLElement, signal: AbortSignal): void {
  let drag: Drag | null = null;
  list.dataset.sortable = "";
  list.addEventListener(
    "pointerdown",
    (event) => {
      const held = event.pointerType === "mouse" && event.button === 0 ? heldAt(event.target) : null;
      if (!held || !mayMove(needs, server, held)) return;
      drag?.end();
      drag = new Drag(list, held, event, (next) => {
        const groups = groupsOf(needs.perspective.channelsOf(server), []);
        void move(needs, server, "channel" in held ? held.channel : idOf(held.category), next(groups));
      });
    },
    { signal },
  );
  signal.addEventListener("abort", () => drag?.end());
}

function mayMove(needs: Needs, server: Id, held: Held): boolean {
  if ("category" in held) return needs.access.may(server, "MANAGE_CHANNELS");
  const channel = needs.community.channel(held.channel);
  return channel !== undefined && needs.access.mayIn(channel, "MANAGE_CHANNELS");
}

/** The row that was pressed, but not another button in it. */
function heldAt(target: EventTarget | null): Held | null {
  const element = target instanceof Element ? target : null;
  const row = element?.closest<HTMLElement>("[data-menu]");
  const [kind, id] = (row?.dataset.menu ?? "").split(" ");
  if (kind === "channel" && id) return { channel: id };
  const isElsewhere = element?.closest("button:not([aria-expanded])");
  return kind === "category" && !isElsewhere ? { category: categoryOf(row!) } : null;
}

const categoryOf = (heading: HTMLElement): string | null => heading.dataset.category ?? null;

class Drag {
  private readonly ending = new AbortController();
  private readonly line = document.createElement("div");
  private landing: Landing | null = null;
  private isMoving = false;
  private y: number;

  constructor(
    private readonly list: HTMLElement,
    private readonly held: Held,
    private readonly from: PointerEvent,
    private readonly drop: (next: Landing["next"]) => void,
  ) {
    this.y = from.clientY;
    const options = { signal: this.ending.signal, capture: true };
    addEventListener("pointermove", (event) => this.moved(event), options);
    addEventListener("pointerup", () => this.released(), options);
    addEventListener("pointercancel", () => this.end(), options);
    addEventListener("keydown", (event) => this.pressed(event), options);
    addEventListener("selectstart", (event) => event.preventDefault(), options);
  }

  end(): void {
    this.ending.abort();
    if (!this.isMoving) return;
    this.isMoving = false;
    this.line.remove();
    this.list.style.cursor = "";
    this.fade("");
  }

  private moved({ clientX, clientY }: PointerEvent): void {
    this.y = clientY;
    const way = Math.hypot(clientX - this.from.clientX, clientY - this.from.clientY);
    if (!this.isMoving && way >= SLACK_PX) this.begin();
    if (this.isMoving) this.look();
  }

  private begin(): void {
    this.isMoving = true;
    this.list.setPointerCapture(this.from.pointerId);
    this.list.style.cursor = "grabbing";
    this.list.style.position = "relative";
    this.line.style.cssText =
      "position:absolute;inset-inline:var(--gap-2);height:3px;border-radius:2px;" +
      "background:var(--accent);pointer-events:none;z-index:1";
    this.line.dataset.landing = "";
    this.list.append(this.line);
    this.fade("0.5");
    this.scroll();
  }

  private fade(opacity: string): void {
    for (const row of this.rows()) row.style.opacity = opacity;
  }

  /** What is being moved: the row, or the whole category. */
  private rows(): HTMLElement[] {
    if ("category" in this.held) {
      const { category } = this.held;
      return sectionsIn(this.list).filter((section) => categoryOf(headingOf(section)) === category);
    }
    return [...this.list.querySelectorAll<HTMLElement>(`[data-menu="channel ${this.held.channel}"]`)];
  }

  private look(): void {
    const sections = sectionsIn(this.list);
    this.landing =
      "category" in this.held
        ? landingOfCategory(sections, this.held.category, this.y)
        : landingOfChannel(sections, this.held.channel, this.y);
    const top = this.list.getBoundingClientRect().top;
    if (this.landing) this.line.style.top = `${this.landing.y - top - 1.5}px`;
  }

  /** While the pointer is near an edge of what scrolls the list. */
  private scroll(): void {
    if (!this.isMoving) return;
    const around = scrollerOf(this.list);
    const { top, bottom } = around.getBoundingClientRect();
    const by = this.y < top + EDGE_PX ? -SCROLL_PX : this.y > bottom - EDGE_PX ? SCROLL_PX : 0;
    if (by) {
      around.scrollTop += by;
      this.look();
    }
    requestAnimationFrame(() => this.scroll());
  }

  private pressed(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.isMoving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    addEventListener("pointerup", refuseClick, { once: true, capture: true });
    this.end();
  }

  private released(): void {
    const { isMoving, landing } = this;
    if (isMoving) refuseClick();
    this.end();
    if (isMoving && landing) this.drop(landing.next);
  }
}

/** Letting go after a move presses nothing: the click follows in the same task. */
function refuseClick(): void {
  const refuse = (event: Event) => event.stopPropagation();
  addEventListener("click", refuse, { capture: true });
  setTimeout(() => removeEventListener("click", refuse, { capture: true }));
}

const sectionsIn = (list: HTMLElement) => [...list.querySelectorAll<HTMLElement>(":scope > section")];
const headingOf = (section: HTMLElement) => section.querySelector<HTMLElement>("[data-menu^=category]")!;
const middleOf = ({ top, bottom }: DOMRect) => (top + bottom) / 2;

function landingOfChannel(sections: HTMLElement[], id: Id, y: number): Landing | null {
  const section = sections.find((each) => y < each.getBoundingClientRect().bottom) ?? sections.at(-1);
  if (!section) return null;
  const category = categoryOf(headingOf(section));
  const rows = [...section.querySelectorAll<HTMLElement>(":scope > ul > li")];
  const behind = rows.find((row) => y < middleOf(row.getBoundingClientRect()));
  const before = behind?.querySelector<HTMLElement>("[data-menu^=channel]")?.dataset.menu?.split(" ")[1];
  const last = rows.at(-1) ?? headingOf(section);
  const edge = behind ? behind.getBoundingClientRect().top : last.getBoundingClientRect().bottom;
  return { next: (groups) => placedChannel(groups, id, category, before ?? null), y: edge };
}

function landingOfCategory(sections: HTMLElement[], category: string | null, y: number): Landing | null {
  const behind = sections.find((each) => y < middleOf(each.getBoundingClientRect()));
  const before = behind ? idOf(categoryOf(headingOf(behind))) : null;
  const edge = behind ? behind.getBoundingClientRect().top : sections.at(-1)?.getBoundingClientRect().bottom;
  if (edge === undefined) return null;
  return { next: (groups) => placedGroup(groups, idOf(category), before), y: edge };
}

function scrollerOf(list: HTMLElement): HTMLElement {
  for (let each = list.parentElement; each; each = each.parentElement)
    if (each.scrollHeight > each.clientHeight && /auto|scroll/.test(getComputedStyle(each).overflowY))
      return each;
  return document.documentElement;
}
