// Writes the files that the build generates and the type check needs, too.
import { resolveConfig } from "vite";

await resolveConfig({}, "build");
