/** What opens a session: it comes in the fragment of the address once, and stays with the tab. */

export interface Key {
  session: string;
  token: string;
}

type Place = Pick<Location, "hash" | "pathname">;

/** The key in the address, or the one that this tab got before at the same place. */
export function keyOf(place: Place, storage: Pick<Storage, "getItem" | "setItem">): Key | null {
  const name = `voxsieve ${place.pathname}`;
  const given = parse(place.hash.replace(/^#/, ""));
  if (given) storage.setItem(name, `session=${given.session}&token=${given.token}`);
  return given ?? parse(storage.getItem(name) ?? "");
}

function parse(text: string): Key | null {
  const words = new URLSearchParams(text);
  const [session, token] = [words.get("session"), words.get("token")];
  const safe = session && token && /^[\w-]+$/.test(session) && /^[0-9a-f]+$/i.test(token);
  return safe ? { session, token } : null;
}
