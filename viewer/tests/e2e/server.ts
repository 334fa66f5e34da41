/** The real command, started for a test. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
const PROGRAM = process.env.VOXSIEVE_BIN ?? join(TARGET, "debug/voxsieve");
const DATA = process.env.VOXSIEVE_DATA;

/** Why nothing can be tested, or null. Where volumes are required it is an error. */
export function missing(): string | null {
  const reason = !existsSync(PROGRAM)
    ? `${PROGRAM} is not built`
    : !DATA
      ? "VOXSIEVE_DATA names no folder with real volumes"
      : null;
  if (reason && process.env.VOXSIEVE_REQUIRE_DATA === "1") {
    throw new Error(reason);
  }
  return reason;
}

/** A real volume, by its path in the data folder. */
export function volume(path: string): string {
  return join(DATA ?? "", path);
}

/** Runs the command to its end. */
export function voxsieve(...words: string[]): string {
  return execFileSync(PROGRAM, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** A folder that is removed at the end. */
export function folder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "voxsieve-viewer-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The voxels of a volume as bytes, z, y, x with x fastest. */
export function voxels(path: string, scratch: string): Buffer {
  const raw = join(scratch, "voxels.raw");
  voxsieve("convert", path, raw, "--overwrite", "--quiet");
  return readFileSync(raw);
}

export interface Running {
  url: string;
  session: string;
  token: string;
  port: number;
  process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts `voxsieve view` and waits for the line that says where it is. */
export function view(...words: string[]): Promise<Running> {
  const child = spawn(PROGRAM, ["view", ...words, "--no-browser", "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let complaint = "";
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  return new Promise((done, failed) => {
    child.on("exit", (code) => failed(new Error(`voxsieve view ended with ${code}: ${complaint}`)));
    child.stdout.on("data", (text) => {
      said += text;
      const end = said.indexOf("\n");
      if (end >= 0) {
        const place = JSON.parse(said.slice(0, end));
        said = said.slice(end + 1);
        done({ ...place, process: child, stop: () => ended(child) });
      }
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  child.removeAllListeners("exit");
  if (child.exitCode !== null) {
    return Promise.resolve();
  }
  return new Promise((done) => {
    child.on("exit", () => done());
    child.kill("SIGINT");
  });
}
