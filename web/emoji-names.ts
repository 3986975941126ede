// The names of the emoji in languages that the picker's data lacks, generated at build time from Unicode's own
// annotations: `virtual:emoji-names/<code>`, with what the picker shows and nothing else.
//
// So far Arabic: 47 kB compressed, loaded only with that language; all 1,900 emoji have a name. The packages are 155 MB
// unpacked, on the build machine only. The derived names (flags, professions, families) follow rules of each language,
// so they are not put together here; German and Spanish keep the picker's data, which also has groups, order and skin
// tones.
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const NAMES = /^virtual:emoji-names\/([\w-]+)$/;
const PRESENTATION = "\u{FE0F}";
const require = createRequire(import.meta.url);

interface Annotation {
  default?: string[];
  tts?: [string];
}

type Annotations = Record<string, Annotation>;

/** In the format of the picker's data. */
export interface EmojiName {
  emoji: string;
  annotation: string;
  tags: string[];
}

export function emojiNames(): Plugin {
  return {
    name: "emoji-names",
    resolveId: (id) => (NAMES.test(id) ? `\0${id}` : undefined),
    load(id) {
      const code = NAMES.exec(id.slice(1))?.[1];
      return code && `export default ${JSON.stringify(namesIn(code))};`;
    },
  };
}

/** Unicode separates the simple names from the derived ones: flags, professions, families. */
export function namesIn(code: string): EmojiName[] {
  const annotations: Annotations = {
    ...require(`cldr-annotations-derived-full/annotationsDerived/${code}/annotations.json`).annotationsDerived
      .annotations,
    ...require(`cldr-annotations-full/annotations/${code}/annotations.json`).annotations.annotations,
  };
  return pickable().flatMap((emoji) => {
    const { tts, default: tags = [] } = annotations[emoji.replaceAll(PRESENTATION, "")] ?? {};
    return tts ? [{ emoji, annotation: tts[0], tags: tags.filter((tag) => tag !== tts[0]) }] : [];
  });
}

function pickable(): string[] {
  const english = require("emoji-picker-element-data/en/emojibase/data.json") as { emoji: string }[];
  return english.map(({ emoji }) => emoji);
}
