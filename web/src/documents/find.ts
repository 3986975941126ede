// Find and replace in a document. The user types into the page's own bar; the panel that the editor's library would
// show stays empty, and is open as long as its matches are marked.
//
// Only what is on the screen is in the page, so the browser's own search misses the rest. `@codemirror/search` is 6 kB
// compressed and loaded with the editor; its panel has its own look and language. Matches are counted to 1,000.
import {
  closeSearchPanel,
  findNext,
  findPrevious,
  getSearchQuery,
  openSearchPanel,
  replaceAll,
  replaceNext,
  search,
  SearchQuery,
  setSearchQuery,
} from "@codemirror/search";
import { EditorSelection, EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { later } from "../text/texts";

/** Matches are counted up to this number; beyond it, the bar only says that there are more. */
const MOST_MATCHES = 1_000;

export interface Matches {
  /** The index of the selected match, counted from one; 0 if none is selected. */
  at: number;
  count: number;
  hasMore: boolean;
}

export const finding = (): Extension => [
  search({ top: true, createPanel: () => ({ dom: document.createElement("div"), top: true }) }),
  EditorState.phrases.of({
    "current match": later.documents.find.current,
    "on line": later.documents.find.onLine,
    "replaced match on line $": later.documents.find.replacedOnLine,
    "replaced $ matches": later.documents.find.replaced,
  }),
];

/** Marks the matches, and goes to the first one from the cursor on. Ignores case. */
export function look(view: EditorView, wanted: string, instead: string): void {
  openSearchPanel(view);
  const before = getSearchQuery(view.state);
  const query = new SearchQuery({ search: wanted, replace: instead, literal: true });
  if (query.eq(before)) return;
  view.dispatch({ effects: setSearchQuery.of(query) });
  if (query.valid && wanted !== before.search) goToFirst(view, query);
}

function goToFirst(view: EditorView, query: SearchQuery): void {
  const { state } = view;
  const after = query.getCursor(state, state.selection.main.from).next();
  const { done, value } = after.done ? query.getCursor(state).next() : after;
  if (done) return;
  const selection = EditorSelection.single(value.from, value.to);
  view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.main, { y: "center" }) });
}

export function matches({ state }: EditorView): Matches {
  const query = getSearchQuery(state);
  const { from, to } = state.selection.main;
  const found: Matches = { at: 0, count: 0, hasMore: false };
  if (!query.valid) return found;
  const cursor = query.getCursor(state);
  for (let next = cursor.next(); !next.done && !found.hasMore; next = cursor.next()) {
    if (found.count === MOST_MATCHES) found.hasMore = true;
    else found.count += 1;
    if (next.value.from === from && next.value.to === to) found.at = found.count;
  }
  return found;
}

/** The selected text, if it can be searched for. */
export function selected({ state }: EditorView): string {
  const { from, to } = state.selection.main;
  const isOneLine = from < to && state.doc.lineAt(from).to >= to;
  return isOneLine ? state.sliceDoc(from, to) : "";
}

export const steps = { next: findNext, previous: findPrevious, replace: replaceNext, replaceAll };
export type FindStep = keyof typeof steps;

export { closeSearchPanel as stopLooking };
