// How the text looks while it is edited. Colours come from the design system as custom properties, which reach into the
// editor's shadow tree; classes and rules are created by the editor's library, as constructed style sheets.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const highlighting = HighlightStyle.define([
  { tag: tags.heading1, fontSize: "1.6em", fontWeight: "650", fontFamily: "var(--title-font)" },
  { tag: tags.heading2, fontSize: "1.3em", fontWeight: "650", fontFamily: "var(--title-font)" },
  { tag: tags.heading3, fontSize: "1.12em", fontWeight: "650" },
  { tag: tags.heading, fontWeight: "650" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: tags.monospace, fontFamily: "var(--code-font)", fontSize: "0.92em", background: "var(--sunken)" },
  { tag: tags.quote, color: "var(--ink-soft)", fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "var(--accent)" },
  { tag: tags.atom, color: "var(--accent)", fontFamily: "var(--code-font)" },
  {
    tag: [tags.processingInstruction, tags.contentSeparator, tags.labelName],
    color: "var(--ink-soft)",
    fontWeight: "400",
  },
  { tag: tags.processingInstruction, opacity: "0.75" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", background: "transparent", fontSize: "1rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--text-font)", lineHeight: "1.6", overflowX: "hidden" },
  ".cm-content": {
    maxWidth: "46rem",
    margin: "0 auto",
    padding: "1.5rem 1.25rem 40vh",
    caretColor: "var(--accent)",
    overflowWrap: "anywhere",
  },
  ".cm-content:focus-visible": { outline: "none" },
  ".cm-line": { padding: "0" },
  ".cm-placeholder": { color: "var(--ink-soft)" },
  ".cm-content ::selection, .cm-line::selection": { background: "var(--highlight)", color: "var(--ink)" },
  ".cm-tooltip": { zIndex: "5", border: "0", background: "transparent" },
  ".link-card": {
    display: "block",
    maxWidth: "min(24rem, 80vw)",
    padding: "0.35rem 0.6rem",
    overflow: "hidden",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--round-2)",
    background: "var(--raised)",
    boxShadow: "var(--lifted)",
    color: "var(--accent)",
    font: "600 0.8125rem/1.4 var(--text-font)",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
  },
  ".task": {
    width: "1.05em",
    height: "1.05em",
    margin: "0 0.15em 0 0",
    verticalAlign: "-0.15em",
    accentColor: "var(--fill)",
    cursor: "pointer",
  },
  ".bullet": { color: "var(--accent)", fontWeight: "700" },
  ".code-line": {
    padding: "0 0.75rem",
    background: "var(--sunken)",
    fontFamily: "var(--code-font)",
    fontSize: "0.92em",
  },
  ".table-line": { fontFamily: "var(--code-font)", fontSize: "0.92em" },
  ".quote-line": { paddingInlineStart: "0.75rem", borderInlineStart: "3px solid var(--line-strong)" },
  ".rule-line": {
    backgroundImage: "linear-gradient(var(--line-strong), var(--line-strong))",
    backgroundSize: "100% 1px",
    backgroundPosition: "center",
    backgroundRepeat: "no-repeat",
  },
  ".peer": {
    position: "relative",
    display: "inline-block",
    width: "0",
    height: "1.15em",
    verticalAlign: "text-bottom",
    borderInlineStart: "2px solid var(--peer)",
    marginInline: "-1px",
    pointerEvents: "none",
  },
  ".peer-name": {
    position: "absolute",
    zIndex: "3",
    insetInlineStart: "-2px",
    bottom: "100%",
    padding: "0 0.35rem",
    border: "1px solid var(--line-strong)",
    borderRadius: "0.3rem 0.3rem 0.3rem 0",
    background: "var(--peer-back)",
    color: "var(--ink)",
    font: "600 0.75rem/1.5 var(--text-font)",
    whiteSpace: "nowrap",
    animation: "peer-fade 0.6s 3s forwards",
  },
  ".peer-name.is-below": { bottom: "auto", top: "100%" },
  ".peer-selection, .written": { background: "var(--peer-back)" },
  ".cm-panels": { display: "none" },
  ".cm-searchMatch.cm-searchMatch": { background: "var(--highlight)", color: "var(--ink)" },
  ".cm-searchMatch.cm-searchMatch-selected": { outline: "2px solid var(--focus)", borderRadius: "2px" },
  ".written": { boxShadow: "inset 0 -2px var(--peer)" },
  ".written, .written *, .peer-selection *": { color: "var(--ink)" },
  "@media (forced-colors: active)": {
    ".written": { textDecoration: "underline", textUnderlineOffset: "0.2em" },
    ".peer-selection, .cm-searchMatch": { outline: "1px solid Highlight" },
    ".peer": { borderColor: "Highlight" },
  },
  "@keyframes peer-fade": { to: { opacity: "0", visibility: "hidden" } },
  "@media (prefers-reduced-motion: reduce)": { ".peer-name": { animationDuration: "0s" } },
  ...tones(),
});

/** The colour that a person has everywhere, and a stronger version for lines. */
function tones(): Record<string, Record<string, string>> {
  const each = Array.from({ length: 8 }, (_, index) => [
    `.tone-${index}`,
    {
      "--peer-back": `var(--tone-${index})`,
      "--peer": `color-mix(in oklab, var(--tone-${index}) 45%, var(--ink))`,
    },
  ]);
  return Object.fromEntries(each) as Record<string, Record<string, string>>;
}

export const appearance = [theme, syntaxHighlighting(highlighting)];
