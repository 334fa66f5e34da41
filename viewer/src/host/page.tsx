/** The page of `voxsieve view`. */

import { connect } from "./connect";
import { type Key, keyOf } from "./key";
import { showWaiting } from "./waiting";

const element = document.getElementById("viewer") as HTMLElement;

function start({ session, token }: Key): void {
  // Relative to the page, so that it works below the prefix of a proxy.
  const direct = [new URL(".", location.href).href];
  const ladder = { session, token, direct, proxies: [], comm: null };
  connect({ element, ladder, ui: "full", onMounted: ({ store }) => store.titlePage() });
}

const key = keyOf(location, sessionStorage);
if (location.hash) history.replaceState(null, "", location.pathname + location.search);
if (key) start(key);
else
  showWaiting(element, {
    title: "This address lacks its key",
    text: "Open the whole address that voxsieve view printed; the part behind # opens the session.",
  });
