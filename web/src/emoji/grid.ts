// Arrow-key navigation in a grid of cells, whose rows can have different lengths.

/** The cell that a key leads to: an index, -1 for leaving upwards, undefined for none. */
export function nextCell(cells: HTMLElement[], at: number, key: string): number | undefined {
  const current = cells[at];
  if (!current) return undefined;
  if (key === "ArrowDown") return nearest(cells, current, cells.slice(at).find(below(current))?.offsetTop);
  if (key === "ArrowUp")
    return nearest(cells, current, cells.slice(0, at).findLast(above(current))?.offsetTop) ?? -1;
  const forward = getComputedStyle(current).direction === "rtl" ? -1 : 1;
  const next = { ArrowRight: at + forward, ArrowLeft: at - forward, Home: 0, End: cells.length - 1 }[key];
  return next !== undefined && cells[next] ? next : undefined;
}

const below = (current: HTMLElement) => (cell: HTMLElement) => cell.offsetTop > current.offsetTop;
const above = (current: HTMLElement) => (cell: HTMLElement) => cell.offsetTop < current.offsetTop;

/** Of the row at this height, the cell that is nearest to the current one. */
function nearest(cells: HTMLElement[], current: HTMLElement, top: number | undefined): number | undefined {
  const row = cells.filter(({ offsetTop }) => offsetTop === top);
  const distance = (cell: HTMLElement) => Math.abs(cell.offsetLeft - current.offsetLeft);
  const found = row.sort((a, b) => distance(a) - distance(b))[0];
  return found && cells.indexOf(found);
}
