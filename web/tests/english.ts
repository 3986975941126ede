// The tests read English, like the people who write them.
import { laterTexts, setLanguage } from "../src/text/language.svelte";

await setLanguage("en");
await laterTexts();
