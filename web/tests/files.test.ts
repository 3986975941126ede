import { afterEach, expect, test, vi } from "vitest";
import { lookInto } from "../src/files/guessing";
import { fileKindOf } from "../src/files/kinds";
import { FileRules } from "../src/files/rules.svelte";
import { toggled } from "../src/files/spoilers";
import { languageOfFile } from "../src/code/languages";

const file = (name: string, content = "x") => new File([content], name);
const sized = (name: string, size: number) => Object.defineProperty(file(name), "size", { value: size });

/** Rules as a server with these settings tells them. */
async function rules(types: string[] | null, room: number | null = null): Promise<FileRules> {
  const files = { file_limit: 1000, upload_limit: 100_000, files_per_message: 3, types };
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ files })));
  const usage = { storage_used: 0, limits: { storage_bytes: room } };
  const made = new FileRules({ account: { usage: () => Promise.resolve(usage) } } as never);
  await made.refresh();
  return made;
}

const refused = (found: Map<File, string>) => [...found.keys()].map(({ name }) => name);

afterEach(() => vi.unstubAllGlobals());

test("every file may be sent by default, and only what is too much is refused", async () => {
  const open = await rules(null);
  const files = [file("tool.exe", "MZ\0"), file("empty", ""), sized("film.mkv", 1001), file("a"), file("b")];
  expect(refused(open.problems([...files, file("c")]))).toEqual(["empty", "film.mkv", "c"]);
});

test("files take the account's room in their order", async () => {
  const narrow = await rules(null, 100);
  expect(refused(narrow.problems([sized("a", 60), sized("b", 60), sized("c", 40)]))).toEqual(["b"]);
});

test("where only some types are accepted, the name and the beginning say which", async () => {
  const files = [
    ...[
      file("photo.PNG"),
      file("report.pdf"),
      file("main.rs", "fn main() {}"),
      file("tool.exe", "MZ\0\u0001"),
    ],
    ...[file("photo.jpg.exe", "MZ\0\u0001"), file("Makefile", "all:"), file("notes.txt", "Grüße")],
  ];
  await lookInto(files);
  const found = (await rules(["image/png", "text/plain"])).problems([...files.slice(2), toggled(files[3]!)]);
  expect(refused(found)).toEqual(["tool.exe", "photo.jpg.exe", "SPOILER_tool.exe"]);
  expect(refused((await rules(["image/png"])).problems(files.slice(0, 2)))).toEqual(["report.pdf"]);
  expect(refused((await rules(["application/octet-stream"])).problems([files[3]!, files[2]!]))).toEqual([
    "main.rs",
  ]);
});

test("without a connection nothing is refused but what can never be sent", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  const unknown = new FileRules({ account: { usage: () => Promise.reject(new Error("offline")) } } as never);
  await unknown.refresh();
  expect(refused(unknown.problems([sized("a", 1e9), file("b", "")]))).toEqual(["b"]);
});

test("a file's kind is its type's, or else its ending's", () => {
  expect(fileKindOf("audio/flac", "a.flac")).toBe("audio");
  expect(fileKindOf("text/x-source", "page.html.txt")).toBe("text");
  expect(fileKindOf("image/heic", "a.heic")).toBe("heic");
  expect(fileKindOf("application/octet-stream", "photos.tar.gz")).toBe("archive");
  expect(fileKindOf("application/octet-stream", "letter.doc.bin")).toBe("document");
  expect(fileKindOf("application/octet-stream", "doc")).toBeNull();
});

test("a file's language is that of its ending", () => {
  expect(languageOfFile("main.rs")).toBe("rs");
  expect(languageOfFile("page.html.txt")).toBe("html");
  expect(languageOfFile("Dockerfile")).toBe("dockerfile");
  expect(languageOfFile("notes.txt")).toBe("");
  expect(languageOfFile("photo")).toBe("");
});
