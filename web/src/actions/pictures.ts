// The menu of a picture in a message. The element says where it is; its actions are those of the viewer.
import { Image } from "@lucide/svelte";
import { pictureActions } from "../files/actions";
import { later } from "../text/texts";
import { grouped, type MenuEntry } from "../ui/menu";
import type { Needs } from "./context";

export function pictureEntries(needs: Pick<Needs, "toasts">, picture: HTMLElement): MenuEntry[] {
  const { address = "", name = "" } = picture.dataset;
  const open: MenuEntry = {
    kind: "action",
    label: later.actions.openPicture,
    icon: Image,
    act: () => picture.click(),
  };
  // The viewer leads to the original.
  return grouped(
    [open],
    pictureActions(needs, { address, name }).filter(({ id }) => id !== "original"),
  );
}
