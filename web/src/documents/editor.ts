// The editor over one copy of a document. What the person writes goes into the copy, what comes from elsewhere into the
// editor, and only the person's own changes into what can be undone. It stands in a shadow tree: there the editor's
// library needs no inline style, which the page's policy forbids.
import {
  defaultKeymap,
  history,
  historyKeymap,
  redo,
  toggleBlockComment,
  toggleComment,
  undo,
} from "@codemirror/commands";
import { markdown, markdownLanguage } from "@codemirror/lang-markdown";
import {
  Annotation,
  Compartment,
  EditorState,
  Transaction,
  type ChangeSet,
  type Extension,
} from "@codemirror/state";
import { EditorView, keymap, placeholder, type Command } from "@codemirror/view";
import { appearance } from "./appearance";
import { finding } from "./find";
import { formats } from "./format";
import { lines } from "./lines";
import { links, openLink } from "./links";
import { otherPeople } from "./people";
import { preview, tick, tickHere } from "./preview";
import type { Replica } from "./replica";

export interface EditorNeeds {
  host: HTMLElement;
  replica: Replica;
  label: string;
  hint: string;
  isReadOnly: boolean;
  written: (changes: ChangeSet) => void;
  /** The selection or the text is another. */
  moved: () => void;
}

const remote = Annotation.define<boolean>();
const access = new Compartment();

export class Editor {
  readonly view: EditorView;

  constructor(private readonly needs: EditorNeeds) {
    const root = needs.host.shadowRoot ?? needs.host.attachShadow({ mode: "open" });
    const state = EditorState.create({ doc: needs.replica.text, extensions: this.extensions() });
    this.view = new EditorView({ state, root, parent: root });
  }

  private extensions(): Extension {
    const { label, hint, isReadOnly, moved } = this.needs;
    return [
      access.of(accessOf(label, isReadOnly)),
      history(),
      keymap.of([...shortcuts, ...historyKeymap, ...ordinary]),
      markdown({ base: markdownLanguage, completeHTMLTags: false, pasteURLAsLink: false }),
      lines,
      preview,
      links,
      finding(),
      appearance,
      otherPeople,
      placeholder(hint),
      replacing,
      EditorView.contentAttributes.of({ spellcheck: "true", autocapitalize: "sentences", tabindex: "0" }),
      EditorView.updateListener.of((update) => {
        for (const transaction of update.transactions) this.notice(transaction);
        if (update.docChanged || update.selectionSet || update.focusChanged) moved();
      }),
    ];
  }

  private notice(transaction: Transaction): void {
    if (transaction.docChanged && !transaction.annotation(remote)) this.needs.written(transaction.changes);
  }

  /** Something was written elsewhere. */
  receive(changes: ChangeSet): void {
    const annotations = [remote.of(true), Transaction.addToHistory.of(false)];
    this.view.dispatch({ changes, annotations, filter: false });
  }

  /** Under which name, and whether it may be written in. */
  describe(label: string, isReadOnly: boolean): void {
    this.view.dispatch({ effects: access.reconfigure(accessOf(label, isReadOnly)) });
  }

  /** The task in a line, counted from zero. */
  tick(line: number): void {
    const { doc } = this.view.state;
    if (line < doc.lines) tick(this.view, doc.line(line + 1).from);
  }

  run(command: Command): void {
    command(this.view);
    this.view.focus();
  }

  close(): void {
    this.view.destroy();
  }
}

export const commands = { ...formats, undo, redo } satisfies Record<string, Command>;
export type CommandName = keyof typeof commands;

const shortcuts = [
  { key: "Mod-b", run: formats.bold },
  { key: "Mod-i", run: formats.italic, stopPropagation: true },
  { key: "Mod-Shift-x", run: formats.strike },
  { key: "Mod-Alt-2", run: formats.heading },
  { key: "Mod-Shift-7", run: formats.numbers },
  { key: "Mod-Shift-8", run: formats.list },
  { key: "Mod-Shift-9", run: formats.tasks },
  { key: "Mod-Shift-.", run: formats.quote },
  { key: "Mod-e", run: formats.code },
  { key: "Mod-Enter", run: tickHere },
  { key: "Alt-Enter", run: openLink },
];

/** A comment is nothing in a text, and its key opens the list of shortcuts. */
const ordinary = defaultKeymap.filter(({ run }) => run !== toggleComment && run !== toggleBlockComment);

/**
 * What is typed over a selection goes into the text by itself. A browser that does so in the page first would give the
 * pieces of lines that it joins an inline style, which the page's policy forbids with a complaint for each.
 */
const replacing = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { readOnly, selection } = view.state;
    const isPlain = event.inputType === "insertText" && event.data !== null && !event.isComposing;
    if (!isPlain || readOnly || selection.main.empty) return false;
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

/** Who may only read can still go through the text with the keyboard, and is told so. No screen keyboard comes up. */
function accessOf(label: string, isReadOnly: boolean): Extension {
  const reading: Record<string, string> = isReadOnly ? { "aria-readonly": "true", inputmode: "none" } : {};
  return [
    EditorState.readOnly.of(isReadOnly),
    EditorView.contentAttributes.of({ "aria-label": label, ...reading }),
  ];
}
