import "@fontsource-variable/figtree/wght.css";
import "./ui/fonts.css";
import "./ui/tokens.css";
import "./ui/page.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { Application } from "./application.svelte";
import { firstLanguage } from "./ui/appearance.svelte";
import { isRemembered } from "./store/session.svelte";
import { setLanguage } from "./text/language.svelte";
import { prepareFormats } from "./text/time";

// All at once: the client, which the app asks for again, and then reports a failure; the texts; what is stored here.
if (isRemembered()) import("./Client.svelte").catch(() => undefined);
const texts = setLanguage(firstLanguage());
const app = new Application();
// In a task of its own, while the local database answers.
if (isRemembered()) void texts.then(() => setTimeout(prepareFormats));
const isFound = ["/", "/index.html"].includes(location.pathname);
if (isFound) void app.start(texts);
await texts;
mount(App, { target: document.getElementById("coterie")!, props: { app, isFound } });
