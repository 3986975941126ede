// The texts of a person's card.
import { later } from "../text/texts";

export const words = later.card;
