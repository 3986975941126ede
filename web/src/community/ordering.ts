// Which positions put a list into the wanted order. Few of them change: the list's own positions are redistributed, so a
// step changes two.

import { tick } from "svelte";

export interface Placed {
  id: string;
  position: number;
}

export type Places = Map<string, number>;

/** `order` is the wanted one, lowest position first. Returns only the positions that change. */
export function ascending(order: Placed[]): Places {
  const free = order.map(({ position }) => position).sort((a, b) => a - b);
  const changed: Places = new Map();
  let last = -1;
  order.forEach(({ id, position }, index) => {
    last = Math.max(free[index]!, last + 1);
    if (last !== position) changed.set(id, last);
  });
  return changed;
}

/**
 * The same for lists with the highest position first and below a limit, such as roles below the user's own. Null if
 * there are more items than positions.
 */
export function descending(order: Placed[], limit: number): Places | null {
  const upwards = [...order].reverse();
  const grown = ascending(upwards);
  const placed = upwards.map(({ id, position }) => ({ id, position: grown.get(id) ?? position }));
  let ceiling = limit;
  for (const each of placed.reverse()) {
    each.position = Math.min(each.position, ceiling - 1);
    ceiling = each.position;
  }
  if (ceiling < 0) return null;
  const held = new Map(order.map(({ id, position }) => [id, position]));
  return new Map(
    placed.filter(({ id, position }) => held.get(id) !== position).map((e) => [e.id, e.position]),
  );
}

/** The list with one item moved by one step. */
export function stepped<Item>(list: Item[], index: number, by: -1 | 1): Item[] {
  const next = [...list];
  const [item] = next.splice(index, 1);
  next.splice(index + by, 0, item!);
  return next;
}

/** After a step by key: the focus goes on with what was moved, or to its grip where it can go no further. */
export async function refocus(list: HTMLElement | undefined, label: string): Promise<void> {
  await tick();
  const all = [...(list?.querySelectorAll<HTMLElement>("[aria-label]") ?? [])];
  const same = all.find((each) => each.getAttribute("aria-label") === label);
  const isOff = same instanceof HTMLButtonElement && same.disabled;
  (isOff ? same.closest("[data-sorted]")?.querySelector<HTMLElement>("[role=button]") : same)?.focus();
}
