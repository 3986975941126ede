// What there is to see in a call: a tile for each person and for each shared screen, and how they share the space.
import type { Id, VoiceState } from "../api/types";
import type { Call } from "./call.svelte";

export interface Tile {
  key: string;
  user: Id;
  name: string;
  stream: MediaStream | null;
  isScreen: boolean;
  isMute: boolean;
  isDeaf: boolean;
}

const SHAPE = 16 / 9;

/** Screens come before the person who shares them. People who may not speak show nothing. */
export function tilesOf(
  call: Call,
  people: VoiceState[],
  self: Id,
  nameOf: (state: VoiceState) => string,
): Tile[] {
  return people.flatMap((state) => {
    const user = state.user_id;
    const camera = user === self ? call.camera : call.cameras.get(user);
    const screen = user === self ? call.screen : call.screens.get(user);
    const common = {
      user,
      name: nameOf(state),
      isMute: state.self_mute || state.server_mute,
      isDeaf: state.self_deaf || state.server_deaf,
    };
    const person = { ...common, key: user, stream: (state.can_speak && camera) || null, isScreen: false };
    if (!screen || !state.can_speak) return [person];
    return [{ ...common, key: `screen ${user}`, stream: screen, isScreen: true }, person];
  });
}

/** The picture that is worth most: the pinned one, a screen, a speaker, another camera, another person. */
export function foremost(tiles: Tile[], pinned: string, speaker: Id | null, self: Id): Tile | undefined {
  const others = tiles.filter(({ user }) => user !== self);
  return (
    tiles.find(({ key }) => key === pinned) ??
    others.find(({ isScreen }) => isScreen) ??
    others.find(({ user }) => user === speaker) ??
    others.find(({ stream }) => stream) ??
    others[0] ??
    tiles[0]
  );
}

export interface Grid {
  columns: number;
  /** Of a tile, in pixels. */
  width: number;
}

/** The columns in which tiles of 16 to 9 are largest, for a space and gaps in pixels. */
export function gridFor(count: number, width: number, height: number, gap: number): Grid {
  const grids = Array.from({ length: Math.max(1, count) }, (_, index) => {
    const columns = index + 1;
    const rows = Math.ceil(count / columns);
    const widest = (width - (columns - 1) * gap) / columns;
    const highest = (height - (rows - 1) * gap) / rows;
    return { columns, width: Math.max(0, Math.floor(Math.min(widest, highest * SHAPE))) };
  });
  return grids.reduce((best, each) => (each.width > best.width ? each : best));
}
