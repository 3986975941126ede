// What is wrong with a field, in the client's language: the browser's own bubbles are in another one, and vanish.
import { text } from "../text/texts";

export type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** A sentence for the first thing that is wrong; `rule` says what a pattern asks for. */
export function problemOf(control: Control, rule: string | undefined): string {
  const { validity } = control;
  if (validity.valueMissing) return text.errors.missing;
  if (validity.tooShort && "minLength" in control) return text.errors.short({ least: control.minLength });
  if (validity.typeMismatch) return text.errors.email;
  return rule || text.errors.format;
}

/** Of the fields of a form that are wrong, the first one gets the focus. */
export function focusFirst(field: Control): void {
  if (field.form?.querySelector(":is(input, textarea, select):invalid") === field) field.focus();
}
