// The editor for one copy of a document. What the user writes goes into the copy, what others write goes into the
// editor, and the undo history holds only the user's own changes. The editor is in a shadow tree, where its library
// needs no inline styles, which the page's policy forbids.
//
// Inline styles would need a nonce, which is impossible in a page that is the same for everyone; in a shadow tree the
// library uses constructed style sheets. CodeMirror 6 was chosen for changes that can be mapped over each other, an
// undo that knows whose changes they are, text direction by line, and phones. The page's shortcuts see only the host,
// so keys without Ctrl, Cmd or Alt do not leave it.
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
import { links, openLink } from "./editorlinks";
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
  /** The selection or the text has changed. */
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

  /** Applies what others wrote. */
  receive(changes: ChangeSet): void {
    const annotations = [remote.of(true), Transaction.addToHistory.of(false)];
    this.view.dispatch({ changes, annotations, filter: false });
  }

  /** Sets the label, and whether the text can be edited. */
  describe(label: string, isReadOnly: boolean): void {
    this.view.dispatch({ effects: access.reconfigure(accessOf(label, isReadOnly)) });
  }

  /** Ticks or unticks the task in a line, counted from zero. */
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

/** These texts have no comments, and the key opens the list of shortcuts. */
const ordinary = defaultKeymap.filter(({ run }) => run !== toggleComment && run !== toggleBlockComment);

/**
 * The editor itself replaces the selection. If the browser did so first, it would give the pieces of lines that it
 * joins an inline style, and the page's policy would log a violation for each.
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

/**
 * Users who can only read can still move through the text with the keyboard, and screen readers announce it as
 * read-only. No on-screen keyboard opens.
 */
function accessOf(label: string, isReadOnly: boolean): Extension {
  const reading: Record<string, string> = isReadOnly ? { "aria-readonly": "true", inputmode: "none" } : {};
  return [
    EditorState.readOnly.of(isReadOnly),
    EditorView.contentAttributes.of({ "aria-label": label, ...reading }),
  ];
}
