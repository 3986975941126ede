// The texts of a server's settings.
import { later } from "../text/texts";

export const words = later.settings;
