// The text looks as it does when read, except for the lines that the caret or selection is in, which show their markup.
// Tasks can be ticked. Only the visible part is processed, so a long text costs no more than a short one.
import { syntaxTree } from "@codemirror/language";
import type { EditorState, Range } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  ViewPlugin,
  WidgetType,
  type Command,
  type DecorationSet,
} from "@codemirror/view";
import type { ViewUpdate } from "@codemirror/view";

type Visit = NonNullable<Parameters<ReturnType<typeof syntaxTree>["iterate"]>[0]["enter"]>;
type SyntaxNodeRef = Parameters<Visit>[0];

const TASK = /^([\s>]*(?:[-*+]|\d{1,9}[.)])\s+\[)([ xX])\]\s*(.*)/;

const unseen = Decoration.replace({});
const lineOf = (name: string) => Decoration.line({ class: name });
const LINES: Record<string, Decoration> = {
  FencedCode: lineOf("code-line"),
  CodeBlock: lineOf("code-line"),
  Blockquote: lineOf("quote-line"),
  Table: lineOf("table-line"),
};

/** Markup that is hidden outside the caret's lines, each with the parents in which it is a mark of this kind. */
const MARKS: Record<string, RegExp> = {
  HeaderMark: /^ATXHeading/,
  EmphasisMark: /./,
  StrikethroughMark: /./,
  CodeMark: /^InlineCode$/,
  LinkMark: /^(Link|Autolink)$/,
  URL: /^Link$/,
  LinkTitle: /^Link$/,
  QuoteMark: /./,
};
const WITH_SPACE = new Set(["HeaderMark", "QuoteMark"]);

/** Ticks or unticks the task in a line. */
export function tick(view: EditorView, at: number): boolean {
  const line = view.state.doc.lineAt(at);
  const found = TASK.exec(line.text);
  if (!found || view.state.readOnly) return false;
  const from = line.from + found[1]!.length;
  const insert = found[2] === " " ? "x" : " ";
  view.dispatch({ changes: { from, to: from + 1, insert }, userEvent: "input.tick" });
  return true;
}

export const tickHere: Command = (view) => tick(view, view.state.selection.main.head);

class Box extends WidgetType {
  constructor(
    private readonly isDone: boolean,
    private readonly words: string,
    private readonly isReadOnly: boolean,
  ) {
    super();
  }

  override eq(other: Box): boolean {
    return other.isDone === this.isDone && other.words === this.words && other.isReadOnly === this.isReadOnly;
  }

  override toDOM(view: EditorView): HTMLElement {
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", className: "task", checked: this.isDone, tabIndex: -1 });
    box.disabled = this.isReadOnly;
    box.setAttribute("aria-label", this.words);
    box.addEventListener("mousedown", (event) => event.preventDefault());
    box.addEventListener("click", (event) => {
      event.preventDefault();
      tick(view, view.posAtDOM(box));
    });
    return box;
  }
}

class Bullet extends WidgetType {
  override eq(): boolean {
    return true;
  }

  override toDOM(): HTMLElement {
    const dot = document.createElement("span");
    dot.className = "bullet";
    dot.textContent = "•";
    return dot;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

const bullet = Decoration.replace({ widget: new Bullet() });

/** Collects the decorations for the visible part of a text. */
class Drawing {
  private readonly found: Range<Decoration>[] = [];
  private readonly seen = new Set<string>();

  constructor(
    private readonly state: EditorState,
    private readonly hasFocus: boolean,
  ) {}

  part(from: number, to: number): void {
    const enter = (node: SyntaxNodeRef) => this.node(node, from, to);
    syntaxTree(this.state).iterate({ from, to, enter });
  }

  get decorations(): DecorationSet {
    return Decoration.set(this.found, true);
  }

  private node(node: SyntaxNodeRef, from: number, to: number): void {
    const line = LINES[node.name];
    if (line) this.lines(line, Math.max(node.from, from), Math.min(node.to, to));
    if (!this.isNew(node)) return;
    if (node.name === "TaskMarker") this.task(node);
    else if (node.name === "ListMark") this.item(node);
    else if (node.name === "HorizontalRule") this.rule(node);
    else if (MARKS[node.name]?.test(node.node.parent?.name ?? "")) this.mark(node);
  }

  /** A long line is visible in pieces, and each of them leads here. */
  private isNew({ name, from }: SyntaxNodeRef): boolean {
    const key = `${name}:${from}`;
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    return true;
  }

  private lines(decoration: Decoration, from: number, to: number): void {
    for (let at = from; at <= to; at = this.state.doc.lineAt(at).to + 1)
      this.found.push(decoration.range(this.state.doc.lineAt(at).from));
  }

  private mark(node: SyntaxNodeRef): void {
    const isFollowed = WITH_SPACE.has(node.name) && this.state.sliceDoc(node.to, node.to + 1) === " ";
    if (!this.isOn(node.from, node.to)) this.replace(unseen, node.from, node.to + (isFollowed ? 1 : 0));
  }

  private item(node: SyntaxNodeRef): void {
    const isNumbered = node.node.parent?.parent?.name === "OrderedList";
    if (isNumbered || this.isOn(node.from, node.to)) return;
    const isTask = TASK.test(this.state.doc.lineAt(node.from).text);
    if (isTask) this.replace(unseen, node.from, node.to + 1);
    else this.replace(bullet, node.from, node.to);
  }

  private task({ from, to }: SyntaxNodeRef): void {
    const isWithin =
      this.hasFocus && this.state.selection.ranges.some((each) => each.from <= to && each.to >= from);
    const found = TASK.exec(this.state.doc.lineAt(from).text);
    if (isWithin || !found) return;
    const widget = new Box(found[2] !== " ", found[3]!.trim(), this.state.readOnly);
    this.replace(Decoration.replace({ widget }), from, to);
  }

  private rule({ from, to }: SyntaxNodeRef): void {
    if (this.isOn(from, to)) return;
    this.found.push(lineOf("rule-line").range(this.state.doc.lineAt(from).from));
    this.replace(unseen, from, to);
  }

  private replace(decoration: Decoration, from: number, to: number): void {
    if (from < to && to <= this.state.doc.lineAt(from).to) this.found.push(decoration.range(from, to));
  }

  /** Whether the caret or selection is on these lines. A user who can only read is on none. */
  private isOn(from: number, to: number): boolean {
    if (!this.hasFocus || this.state.readOnly) return false;
    const [start, end] = [this.state.doc.lineAt(from).from, this.state.doc.lineAt(to).to];
    return this.state.selection.ranges.some((each) => each.from <= end && each.to >= start);
  }
}

class Preview {
  decorations: DecorationSet;

  /** While a mouse button is down, nothing must move under the pointer. */
  private isPressed = false;
  private readonly released = () => {
    this.isPressed = false;
    this.view.dispatch({});
  };

  constructor(private readonly view: EditorView) {
    this.decorations = this.draw();
  }

  update(update: ViewUpdate): void {
    if (this.isPressed && !update.docChanged) return;
    this.decorations = this.draw();
  }

  press(): void {
    this.isPressed = true;
    addEventListener("mouseup", this.released, { once: true });
  }

  destroy(): void {
    removeEventListener("mouseup", this.released);
  }

  private draw(): DecorationSet {
    const drawing = new Drawing(this.view.state, this.view.hasFocus);
    for (const { from, to } of this.view.visibleRanges) drawing.part(from, to);
    return drawing.decorations;
  }
}

export const preview = ViewPlugin.fromClass(Preview, {
  decorations: (own) => own.decorations,
  eventObservers: {
    mousedown() {
      this.press();
    },
  },
});
