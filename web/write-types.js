// Writes what is made when the client is built and is needed to check its types, too.
import { resolveConfig } from "vite";

await resolveConfig({}, "build");
