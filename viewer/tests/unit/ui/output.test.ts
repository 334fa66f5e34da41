import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

const DIST = fileURLToPath(new URL("../../../dist", import.meta.url));
const WIDGET = join(DIST, "widget/widget.js");
/** Names of XML dialects, which nobody fetches. */
const NAMESPACES = /^https?:\/\/www\.w3\.org\//;
/** What three.js says in its messages, and the server on this machine. */
const SAID = [/^http:\/\/127\.0\.0\.1:\$\{/];

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(js|css|html|svg)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

const built = existsSync(WIDGET) && existsSync(join(DIST, "page"));

describe.skipIf(!built)("what is built (make viewer)", () => {
  const all = built ? [WIDGET, ...files(join(DIST, "page"))] : [];

  test("names no other host", () => {
    const foreign = all.flatMap((path) =>
      (readFileSync(path, "utf8").match(/https?:\/\/[^\s"'`)\\]+/g) ?? [])
        .filter((url) => !NAMESPACES.test(url) && !SAID.some((known) => known.test(url)))
        .map((url) => `${path}: ${url}`),
    );
    expect(foreign).toEqual([]);
  });

  test("is small enough for a notebook", () => {
    const size = (path: string) => gzipSync(readFileSync(path), { level: 9 }).length;
    for (const path of all)
      console.log(`${path.slice(DIST.length + 1)}: ${(size(path) / 1024).toFixed(1)} KiB gzip`);
    expect(size(WIDGET)).toBeLessThan(250_000);
  });

  test("needs nothing that a page without inline scripts forbids", () => {
    for (const path of all)
      expect(readFileSync(path, "utf8")).not.toMatch(/\beval\(|new Function\(/);
    const html = readFileSync(join(DIST, "page/index.html"), "utf8");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/(src|href)="\//);
  });
});
