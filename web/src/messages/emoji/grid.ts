// Arrow-key navigation in a grid of cells.

/** The cell that a key leads to: an index, -1 for leaving upwards, undefined for none. */
export function nextCell(cells: HTMLElement[], at: number, key: string): number | undefined {
  const current = cells[at];
  if (!current) return undefined;
  const columns = cells.filter((cell) => cell.offsetTop === cells[0]!.offsetTop).length;
  const forward = getComputedStyle(current).direction === "rtl" ? -1 : 1;
  const next = {
    ArrowRight: at + forward,
    ArrowLeft: at - forward,
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    Home: 0,
    End: cells.length - 1,
  }[key];
  if (next === undefined) return undefined;
  if (next < 0) return key === "ArrowUp" ? -1 : undefined;
  return next < cells.length ? next : undefined;
}
