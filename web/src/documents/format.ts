// What the toolbar and its shortcuts do to the selected text: they add and remove markup.
import { EditorSelection, type ChangeSpec, type EditorState } from "@codemirror/state";
import type { Command, EditorView } from "@codemirror/view";

/** Puts a mark on both sides of each selection, or removes it. */
export const around =
  (mark: string): Command =>
  (view) => {
    if (view.state.readOnly) return false;
    view.dispatch(
      view.state.changeByRange((range) => {
        const { from, to } = range;
        const width = mark.length;
        const outer = view.state.sliceDoc(from - width, from) + view.state.sliceDoc(to, to + width);
        if (from >= width && outer === mark + mark)
          return {
            changes: [
              { from: from - width, to: from },
              { from: to, to: to + width },
            ],
            range: EditorSelection.range(from - width, to - width),
          };
        return {
          changes: [
            { from, insert: mark },
            { from: to, insert: mark },
          ],
          range: EditorSelection.range(from + width, to + width),
        };
      }),
      { userEvent: "input.format", scrollIntoView: true },
    );
    return true;
  };

/** Puts a mark at the beginning of the selected lines, or removes it if all of them have it. */
export const before =
  (mark: string | ((index: number) => string), pattern: RegExp): Command =>
  (view) => {
    if (view.state.readOnly) return false;
    const lines = linesOf(view.state);
    const isMarked = lines.every(({ text }) => pattern.test(text));
    const changes: ChangeSpec[] = lines.map(({ from, text }, index) => {
      const old = pattern.exec(text)?.[0].length ?? 0;
      const made = typeof mark === "string" ? mark : mark(index);
      return { from, to: from + old, insert: isMarked ? "" : made };
    });
    view.dispatch({ changes, userEvent: "input.format", scrollIntoView: true });
    return true;
  };

function linesOf({ doc, selection }: EditorState) {
  const numbers = selection.ranges.flatMap(({ from, to }) => {
    const [first, last] = [doc.lineAt(from).number, doc.lineAt(to).number];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return [...new Set(numbers)].map((number) => doc.line(number));
}

const fence: Command = (view: EditorView) => {
  if (view.state.readOnly) return false;
  view.dispatch(
    view.state.changeByRange(({ from, to }) => {
      const selected = view.state.sliceDoc(from, to);
      if (!selected.includes("\n")) {
        const changes = [
          { from, insert: "`" },
          { from: to, insert: "`" },
        ];
        return { changes, range: EditorSelection.range(from + 1, to + 1) };
      }
      const changes = [
        { from, insert: "```\n" },
        { from: to, insert: "\n```" },
      ];
      return { changes, range: EditorSelection.range(from + 4, to + 4) };
    }),
    { userEvent: "input.format", scrollIntoView: true },
  );
  return true;
};

/** Makes a link of the selection, and moves the caret to where the address belongs. */
const link: Command = (view) => {
  if (view.state.readOnly) return false;
  view.dispatch(
    view.state.changeByRange(({ from, to }) => {
      const changes = [
        { from, insert: "[" },
        { from: to, insert: "](https://)" },
      ];
      const caret = from === to ? from + 1 : to + "[](https://".length;
      return { changes, range: EditorSelection.cursor(caret) };
    }),
    { userEvent: "input.format", scrollIntoView: true },
  );
  return true;
};

const TABLE = "|  |  |\n| --- | --- |\n|  |  |\n";

/** An empty table below the caret's line. */
const table: Command = (view) => {
  if (view.state.readOnly) return false;
  const line = view.state.doc.lineAt(view.state.selection.main.to);
  const before = line.length ? "\n\n" : "";
  view.dispatch({
    changes: { from: line.to, insert: before + TABLE },
    selection: { anchor: line.to + before.length + 2 },
    userEvent: "input.format",
    scrollIntoView: true,
  });
  return true;
};

export const formats = {
  bold: around("**"),
  italic: around("*"),
  strike: around("~~"),
  heading: before("## ", /^#{1,6} /),
  list: before("- ", /^[-*+] (?!\[[ x]\] )/),
  numbers: before((index) => `${index + 1}. `, /^\d+[.)] /),
  tasks: before("- [ ] ", /^[-*+] \[[ x]\] /),
  quote: before("> ", /^> ?/),
  code: fence,
  link,
  table,
} satisfies Record<string, Command>;

export type Format = keyof typeof formats;
