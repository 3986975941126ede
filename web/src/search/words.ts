// What the search says: beside text/en.ts, so that it comes with the panel and not before.
export const words = {
  title: "Search",
  label: (server: string) => `Search in ${server}`,
  hint: "Two letters or more. Narrow it with:",
  filters: [
    ["from:", "who wrote it: from:alice, from:me"],
    ["in:", "a channel: in:general"],
    ["mentions:", "who is mentioned: mentions:me"],
    ["has:", "link, file, image, video, audio or pin"],
    ["before:", "a day: before:2026-01-31"],
    ["after:", "a day: after:2026-01"],
    ['""', "these words in a row: “coffee table”"],
  ] as [string, string][],
  none: "Nothing was found.",
  count: (total: number, isExact: boolean) =>
    !isExact ? `More than ${total} messages` : total === 1 ? "1 message" : `${total} messages`,
  more: "Show more",
  searching: "Searching…",
  onlyFiles: "Files",
};
