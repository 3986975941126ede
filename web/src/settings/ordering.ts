// Which positions make a list stand in a wanted order. Few of them change: what stands right already stays.

export interface Placed {
  id: string;
  position: number;
}

export type Places = Map<string, number>;

/** `order` is the wanted one, the lowest position first. Answers only the positions that change. */
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
 * The same for what stands the highest first and below a limit, like roles below one's own. Null where there are
 * more of them than positions.
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

/** The list with one of it a step further. */
export function stepped<Item>(list: Item[], index: number, by: -1 | 1): Item[] {
  const next = [...list];
  const [item] = next.splice(index, 1);
  next.splice(index + by, 0, item!);
  return next;
}
