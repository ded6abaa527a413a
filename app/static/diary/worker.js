// The diary without a network, on an own device: the week that was seen last, else a page that says so.
// Only what the server lets a browser keep is kept ("private, no-cache": app/web/revalidated.py), one page of it.
// Signing out clears it with all else that the site has stored.

const SEEN = "diary-seen";
const SHELL = "diary-shell";
const OFFLINE = "/diary/offline";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((kept) => kept.add(OFFLINE)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const isKept = (answer) => answer.ok && !answer.redirected && (answer.headers.get("Cache-Control") || "").startsWith("private");

const keep = async (request, answer) => {
  await caches.delete(SEEN);
  await (await caches.open(SEEN)).put(request.url, answer);
};

const last = async () => {
  const kept = await caches.open(SEEN);
  const [newest] = await kept.keys();
  return (newest && (await kept.match(newest))) || caches.match(OFFLINE);
};

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const address = new URL(request.url);
  const isPage = request.mode === "navigate" || request.headers.get("Zvonok-Part") === "week";
  if (request.method !== "GET" || !isPage || !address.pathname.startsWith("/diary/")) return;
  event.respondWith(
    fetch(request).then((answer) => {
      if (isKept(answer)) event.waitUntil(keep(request, answer.clone()));
      else if (answer.redirected) event.waitUntil(caches.delete(SEEN)); // somebody has to sign in: it is nobody's any more
      return answer;
    }, last),
  );
});
