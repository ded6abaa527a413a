// Changes that are not sent yet, kept on this device: ids and what was typed, nobody's name. Without IndexedDB (a private
// window, say) they live as long as the page.
const [NAME, CHANGES] = ["zvonok-journal", "changes"];

let opened;

const finished = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => resolve();
  });

function database() {
  if (!opened) {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(CHANGES, { keyPath: "id" });
    opened = finished(request);
  }
  return opened;
}

async function ask(mode, act) {
  try {
    return await finished(act((await database()).transaction(CHANGES, mode).objectStore(CHANGES)));
  } catch {
    return undefined;
  }
}

export const keep = (change) => ask("readwrite", (store) => store.put(change));
export const drop = (id) => ask("readwrite", (store) => store.delete(id));

// Those of one person, oldest first. What other people left behind stays theirs until somebody signs out; no clock decides,
// for a device's may be wrong.
export async function keptBy(who) {
  const all = (await ask("readonly", (store) => store.getAll())) ?? [];
  return all.filter((one) => one.who === who).sort((one, other) => one.at - other.at);
}

export async function forgetAll() {
  try {
    (await opened)?.close();
    opened = undefined;
    await finished(indexedDB.deleteDatabase(NAME));
  } catch {
    // there was none
  }
}
