// The texts of the search.
import { later } from "../text/texts";

export const words = later.search;
