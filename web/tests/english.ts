// The tests read English, like the people who write them.
import { laterTexts, speak } from "../src/text/language.svelte";

await speak("en");
await laterTexts();
