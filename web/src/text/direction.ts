// The direction in which the chosen language is read, and which arrow keys go on and back in it.
import { currentLanguage } from "./language.svelte";

export const direction = (): "ltr" | "rtl" => currentLanguage()?.direction ?? "ltr";

const isRtl = (): boolean => direction() === "rtl";

export const onward = (): string => (isRtl() ? "ArrowLeft" : "ArrowRight");

export const backward = (): string => (isRtl() ? "ArrowRight" : "ArrowLeft");
