// The reading direction of the chosen language, and which arrow keys go forward and back in it.
import { currentLanguage } from "./language.svelte";

export const direction = (): "ltr" | "rtl" => currentLanguage()?.direction ?? "ltr";

const isRtl = (): boolean => direction() === "rtl";

export const onward = (): string => (isRtl() ? "ArrowLeft" : "ArrowRight");

export const backward = (): string => (isRtl() ? "ArrowRight" : "ArrowLeft");
