// The texts of all settings.
import { later } from "./texts";

export const words = later.settings;
