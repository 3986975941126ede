declare module "virtual:emoji-names/*" {
  const names: { emoji: string; annotation: string; tags: string[] }[];
  export default names;
}

declare module "virtual:languages" {
  import type { Messages } from "@lingui/core";
  type Part = () => Promise<{ default: Messages }>;
  export const languages: readonly {
    readonly code: string;
    readonly name: string;
    readonly direction: "ltr" | "rtl";
    readonly now: Part;
    readonly later: Part;
  }[];
}
