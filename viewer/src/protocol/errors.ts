/** What goes wrong between page and server. */

import type { Failure } from "./document";

/** The server refused a request and said why. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(
    readonly status: number,
    readonly failure: Failure,
  ) {
    super(failure.message);
  }

  get kind(): string {
    return this.failure.kind;
  }
}

/** The refusal in the body of an answer; a proxy may answer with something of its own. */
export function refusal(status: number, bytes: Uint8Array): Refused {
  try {
    const { error } = JSON.parse(new TextDecoder().decode(bytes)) as { error: Failure };
    if (typeof error.kind === "string" && typeof error.message === "string")
      return new Refused(status, error);
  } catch {
    // Not the server's own words; said below.
  }
  const message = `The server answered ${status} without saying why; it may have been stopped.`;
  return new Refused(status, { kind: "internal", message });
}
