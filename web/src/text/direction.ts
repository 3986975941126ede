// Which arrow key goes on, and which goes back, in the direction in which the chosen language is read.
import { currentLanguage } from "./language.svelte";

const isRtl = (): boolean => currentLanguage()?.direction === "rtl";

export const onward = (): string => (isRtl() ? "ArrowLeft" : "ArrowRight");

export const backward = (): string => (isRtl() ? "ArrowRight" : "ArrowLeft");
