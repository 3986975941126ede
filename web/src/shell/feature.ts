import type { CreateFeature } from "../feature";
import { Menus } from "../ui/menus.svelte";

export const shell: CreateFeature = ({ toasts }) => ({ stores: [new Menus(toasts.report)] });
