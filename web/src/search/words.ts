// The search's texts.
import { later } from "../text/texts";

export const words = later.search;
