/** The page in a headless browser. */

import type { Browser, Page } from "playwright-core";
import type { Document } from "../../src/protocol/document";
import type { Running } from "./server";

export interface Opened {
  page: Page;
  /** Requests to anything but this machine. */
  foreign: string[];
  /** What the page complained of. */
  errors: string[];
}

/** Opens the viewer, through a relay's port where one is given, and waits until a picture is there. */
export async function open(
  browser: Browser,
  server: Running,
  options: { port?: number; width?: number; height?: number; theme?: "dark" | "light" } = {},
): Promise<Opened> {
  const { width = 900, height = 640, theme = "dark" } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
  const page = await context.newPage();
  const foreign: string[] = [];
  const errors: string[] = [];
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1") {
      foreign.push(request.url());
    }
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") {
      errors.push(message.text());
    }
  });
  const url = options.port ? server.url.replace(`:${server.port}`, `:${options.port}`) : server.url;
  await page.goto(url);
  await ready(page);
  return { page, foreign, errors };
}

/** Waits until the engine draws the document that the server has. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const viewer = (document.querySelector("#viewer") as any)?.voxsieve;
    return (
      viewer?.engine &&
      Object.keys(viewer.store.panes.value).length > 0 &&
      viewer.engine.report().bricks > 0
    );
  });
}

/** Waits until everything that was asked for is there and drawn. */
export function settled(page: Page): Promise<void> {
  return page.evaluate(() => (document.querySelector("#viewer") as any).voxsieve.engine.settled());
}

/** Drawn pixels (RGBA) of a rectangle of the canvas in CSS pixels. */
export async function pixels(
  page: Page,
  rect: { left: number; top: number; width: number; height: number },
): Promise<Uint8Array> {
  const base64 = await page.evaluate(async (rect) => {
    const bytes: Uint8Array = await (
      document.querySelector("#viewer") as any
    ).voxsieve.engine.pixels(rect);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) {
      text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    }
    return btoa(text);
  }, rect);
  return new Uint8Array(Buffer.from(base64, "base64"));
}

/** A call of the API beside the page. */
export async function api<T = any>(
  server: Running,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${server.port}/api/${server.session}/${path}`, {
    method,
    headers: { "X-Voxsieve-Token": server.token, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) {
    throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
  return answer.status === 204 ? (undefined as T) : answer.json();
}

/** The session's document. */
export function state(server: Running): Promise<Document> {
  return api<Document>(server, "GET", "state");
}
