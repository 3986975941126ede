// An earlier text compared with the present one: what restoring it would bring back, and what it would remove.
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { unifiedMergeView } from "@codemirror/merge";
import { appearance } from "./appearance";
import { lines } from "./lines";
import { textOf } from "./points";

const theme = EditorView.theme({
  ".cm-content": { padding: "0.5rem 0.25rem" },
  ".cm-insertedLine, ins, .cm-changedText": {
    background: "color-mix(in oklab, var(--online) 24%, transparent) !important",
    textDecoration: "none",
  },
  ".cm-changedLine": { background: "color-mix(in oklab, var(--online) 9%, transparent) !important" },
  ".cm-deletedChunk": {
    background: "color-mix(in oklab, var(--busy) 10%, transparent) !important",
    paddingInline: "0",
  },
  ".cm-deletedChunk .cm-deletedText, del": {
    background: "color-mix(in oklab, var(--busy) 26%, transparent) !important",
    textDecoration: "line-through",
  },
  ".cm-changeGutter": { width: "0.25rem" },
  ".cm-gutters": { background: "transparent", border: "0" },
  ".cm-collapsedLines": { color: "var(--ink-soft)", background: "var(--sunken)" },
});

/** Shows it in a shadow tree of the host; returns a function that removes it. */
export function showDifferences(host: HTMLElement, then: string, now: string, label: string): () => void {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const extensions = [
    unifiedMergeView({ original: textOf(now), mergeControls: false, gutter: true }),
    appearance,
    theme,
    lines,
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true", tabindex: "0" }),
  ];
  const view = new EditorView({
    state: EditorState.create({ doc: textOf(then), extensions }),
    root,
    parent: root,
  });
  return () => view.destroy();
}
