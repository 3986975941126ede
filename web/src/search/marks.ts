// Reads the server's excerpt of a hit: escaped text in which <mark> is the only markup. Anything else in it becomes
// text, so nothing is ever given to the browser as HTML.
export interface Piece {
  text: string;
  isHit: boolean;
}

const ENTITIES: Record<string, string> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
  "&#39;": "'",
  "&amp;": "&",
};

export function piecesOf(highlight: string): Piece[] {
  const pieces: Piece[] = [];
  let isHit = false;
  for (const part of highlight.split(/(<\/?mark>)/)) {
    if (part === "<mark>") isHit = true;
    else if (part === "</mark>") isHit = false;
    else if (part) pieces.push({ text: unescaped(part), isHit });
  }
  return pieces;
}

function unescaped(part: string): string {
  return part.replaceAll(/&(?:lt|gt|quot|#x27|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
