// Other people in the editor: their cursors, and what each of them wrote. Positions move along with every change, until
// the server sends newer ones.
import { RangeSet, StateEffect, StateField, type Range, type Text } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";
import { toneIndexOf } from "../ui/tone";

/** In UTF-16 units of the displayed text. */
export interface Shown {
  peer: string;
  user: string | null;
  name: string;
  anchor: number;
  head: number;
}

export interface Written {
  from: number;
  to: number;
  user: string | null;
  title: string;
}

const toneClass = (user: string | null): string => `tone-${toneIndexOf(user ?? "")}`;

class Caret extends WidgetType {
  constructor(
    private readonly peer: string,
    private readonly user: string | null,
    private readonly name: string,
    private readonly isFirstLine: boolean,
    /** Changes when a cursor is sent again, so that its name is shown again. */
    private readonly place: number,
  ) {
    super();
  }

  override eq(other: Caret): boolean {
    return other.peer === this.peer && other.name === this.name && other.place === this.place;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = `peer ${toneClass(this.user)}`;
    caret.setAttribute("aria-hidden", "true");
    // Otherwise a name at the beginning of a line would determine the line's direction.
    caret.setAttribute("dir", "auto");
    const label = caret.appendChild(document.createElement("span"));
    label.className = this.isFirstLine ? "peer-name is-below" : "peer-name";
    label.textContent = this.name;
    return caret;
  }

  override get estimatedHeight(): number {
    return -1;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

export const showPeers = StateEffect.define<Shown[]>();
export const showWritten = StateEffect.define<Written[] | null>();

const peers = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    let shown = value.map(transaction.changes);
    for (const effect of transaction.effects)
      if (effect.is(showPeers)) shown = peersIn(effect.value, transaction.newDoc);
    return shown;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function peersIn(shown: Shown[], doc: Text): DecorationSet {
  const ranges = shown.flatMap(({ peer, user, name, anchor, head }): Range<Decoration>[] => {
    const isFirstLine = doc.lineAt(head).number === 1;
    const widget = new Caret(peer, user, name, isFirstLine, head);
    const caret = Decoration.widget({ widget, side: 1 }).range(head);
    if (anchor === head) return [caret];
    const mark = Decoration.mark({ class: `peer-selection ${toneClass(user)}` });
    return [mark.range(Math.min(anchor, head), Math.max(anchor, head)), caret];
  });
  return RangeSet.of(ranges, true);
}

const written = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    let shown = value.map(transaction.changes);
    for (const effect of transaction.effects)
      if (effect.is(showWritten)) shown = writtenIn(effect.value ?? []);
    return shown;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function writtenIn(all: Written[]): DecorationSet {
  const ranges = all.map(({ from, to, user, title }) =>
    Decoration.mark({ class: `written ${toneClass(user)}`, attributes: { title }, author: title }).range(
      from,
      to,
    ),
  );
  return RangeSet.of(ranges, true);
}

/** The author of the text at a position; empty if authors are not shown. */
export function authorAt(view: EditorView, position: number): string {
  let found = "";
  view.state.field(written).between(position, position, (from, to, value) => {
    if (from <= position && position <= to) found = (value.spec as { author: string }).author;
  });
  return found;
}

export const otherPeople = [written, peers];
