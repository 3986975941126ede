// Moving through the messages with the keyboard: one stop for Tab, the arrows inside.

export function moveFocus(event: KeyboardEvent, list: HTMLElement): void {
  const current = (event.target as HTMLElement).closest("[data-row]");
  if (!current || event.target !== current) return;
  const rows = [...list.querySelectorAll<HTMLElement>("[data-row]")];
  const index = rows.indexOf(current as HTMLElement);
  const next = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: rows.length - 1 }[event.key];
  const row = next === undefined ? undefined : rows[next];
  if (!row) return;
  event.preventDefault();
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}
