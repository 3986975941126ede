// Links in a text that is edited: Ctrl and a click open a link. If the caret is in a link, a small card leads to it,
// for touch and keyboard.
import { syntaxTree } from "@codemirror/language";
import { StateField, type EditorState } from "@codemirror/state";
import { EditorView, showTooltip, type Command, type Tooltip } from "@codemirror/view";
import { later } from "../text/texts";

interface Link {
  from: number;
  url: string;
}

const LEADS_SOMEWHERE = /^https?:\/\/[^\s<>"]+$/i;

/** The link at a position. */
function linkAt(state: EditorState, at: number): Link | null {
  for (const side of [-1, 1] as const)
    for (let node = syntaxTree(state).resolveInner(at, side); node.parent; node = node.parent) {
      const address = node.name === "URL" ? node : node.getChild("URL");
      if (!address || !["URL", "Link", "Autolink"].includes(node.name)) continue;
      const url = state.sliceDoc(address.from, address.to);
      if (LEADS_SOMEWHERE.test(url)) return { from: node.from, url };
    }
  return null;
}

const leadTo = (url: string) => void window.open(url, "_blank", "noopener,noreferrer");

export const openLink: Command = (view) => {
  const link = linkAt(view.state, view.state.selection.main.head);
  if (link) leadTo(link.url);
  return link !== null;
};

const clicks = EditorView.domEventHandlers({
  mousedown(event, view) {
    if (event.button !== 0 || !(event.ctrlKey || event.metaKey)) return false;
    const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
    const link = at === null ? null : linkAt(view.state, at);
    if (link) leadTo(link.url);
    return link !== null;
  },
});

function cardOf({ from, url }: Link): Tooltip {
  return {
    pos: from,
    above: true,
    create: () => {
      const dom = document.createElement("a");
      Object.assign(dom, {
        href: url,
        target: "_blank",
        rel: "noopener noreferrer nofollow",
        className: "link-card",
      });
      dom.textContent = later.documents.openLink({ address: url });
      return { dom };
    },
  };
}

function cardFor(state: EditorState): Tooltip | null {
  const { main } = state.selection;
  const link = main.empty ? linkAt(state, main.head) : null;
  return link && cardOf(link);
}

const card = StateField.define<{ link: string; tooltip: Tooltip | null }>({
  create: () => ({ link: "", tooltip: null }),
  update(shown, { state, docChanged, selection }) {
    if (!docChanged && !selection) return shown;
    const tooltip = cardFor(state);
    const link = tooltip ? `${tooltip.pos}` : "";
    return link === shown.link && !docChanged ? shown : { link, tooltip };
  },
  provide: (field) => showTooltip.from(field, ({ tooltip }) => tooltip),
});

export const links = [clicks, card];
