import "@fontsource-variable/figtree/wght.css";
import "./ui/fonts.css";
import "./ui/tokens.css";
import "./ui/page.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { firstLanguage } from "./ui/appearance.svelte";
import { setLanguage } from "./text/language.svelte";

await setLanguage(firstLanguage());
mount(App, { target: document.getElementById("coterie")! });
