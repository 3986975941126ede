// The texts of the settings of a server.
import { later } from "../text/texts";

export const words = later.settings;
