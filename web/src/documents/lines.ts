// Each line has the direction of its first strong letter. A carriage return before a line feed is part of the line end:
// it is not displayed, the caret skips it, and new lines in such a text get one too.
import { EditorState, RangeSetBuilder, type TransactionSpec } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import { contentOf, textOf } from "./points";

const ownDirection = Decoration.line({ attributes: { dir: "auto" } });
const unseen = Decoration.replace({});

function directionsOf(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const line of visible(view)) builder.add(line.from, line.from, ownDirection);
  return builder.finish();
}

function returnsOf(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { text, to } of visible(view)) if (text.endsWith("\r")) builder.add(to - 1, to, unseen);
  return builder.finish();
}

function* visible({ state, visibleRanges }: EditorView) {
  for (const { from, to } of visibleRanges)
    for (let at = from; at <= to;) {
      const line = state.doc.lineAt(at);
      yield line;
      at = line.to + 1;
    }
}

const plugin = (compute: (view: EditorView) => DecorationSet, isAtomic: boolean) =>
  ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;

      constructor(view: EditorView) {
        this.decorations = compute(view);
      }

      update(update: ViewUpdate) {
        if (update.docChanged || update.viewportChanged) this.decorations = compute(update.view);
      }
    },
    {
      decorations: (value) => value.decorations,
      provide: (own) =>
        isAtomic
          ? EditorView.atomicRanges.of((view) => view.plugin(own)?.decorations ?? Decoration.none)
          : [],
    },
  );

/**
 * Removes what cannot be stored: a null character, and half a surrogate pair, which becomes a replacement character.
 */
const storable = (content: string): string =>
  content.replaceAll("\0", "").replace(/\p{Surrogate}/gu, "\ufffd");

const cleaned = EditorState.transactionFilter.of(
  (transaction): TransactionSpec | readonly TransactionSpec[] => {
    if (!transaction.docChanged || transaction.isUserEvent("undo") || transaction.isUserEvent("redo"))
      return transaction;
    const isForeign = transaction.startState.doc.line(1).text.endsWith("\r");
    let isClean = true;
    const changes: { from: number; to: number; insert: ReturnType<typeof textOf> }[] = [];
    transaction.changes.iterChanges((from, to, _from, _to, inserted) => {
      const before = contentOf(inserted);
      let after = storable(before);
      if (isForeign) after = after.replace(/(?<!\r)\n/g, "\r\n");
      isClean &&= after === before;
      changes.push({ from, to, insert: textOf(after) });
    });
    if (isClean) return transaction;
    const [last] = changes.slice(-1);
    const moved = changes
      .slice(0, -1)
      .reduce((sum, { from, to, insert }) => sum + insert.length - (to - from), 0);
    const selection = { anchor: last!.from + moved + last!.insert.length };
    return { changes, selection, scrollIntoView: true, userEvent: "input" };
  },
);

/** Pasted text gets the line ends of the document. */
const pasted = EditorView.clipboardInputFilter.of((content) => content.replace(/\r\n?/g, "\n"));

export const lines = [
  EditorState.lineSeparator.of("\n"),
  EditorView.lineWrapping,
  EditorView.perLineTextDirection.of(true),
  plugin(directionsOf, false),
  plugin(returnsOf, true),
  cleaned,
  pasted,
];
