// The service worker of the scanning pages: opens them without a connection. It keeps their shells and nothing else: no
// page that the server made for somebody, no answer of the server.
// self.SHELL = {version, screens: [{start, deep, page}], files} comes before it, from the address that serves it: start is
// a page's address (deep: all below it too), page the one of its shell, files the scripts, styles and pictures of all.

const { version, screens, files } = self.SHELL;
const CACHES = "tt.shell.";
const CACHE = CACHES + version;
const PATIENCE_MS = 5000; // longer than a slow network takes, shorter than an operator waits

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOlder()));
self.addEventListener("message", (event) => event.waitUntil(begin(event.data, event.source)));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || request.method !== "GET") return;
  const screen = request.mode === "navigate" && screenAt(pathname);
  if (screen) event.respondWith(open(request, screen));
  else if (files.includes(pathname)) event.respondWith(kept(pathname).then((found) => found ?? fetch(request)));
});

const screenAt = (path) => screens.find(({ start, deep }) => (deep ? path.startsWith(start) : path === start));
const kept = (path) => caches.match(path, { cacheName: CACHE, ignoreVary: true });

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll([...screens.map(({ page }) => new Request(page, { cache: "reload" })), ...files]);
}

async function forgetOlder() {
  const names = (await caches.keys()).filter((name) => name.startsWith(CACHES) && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
}

// The server's page, with the person's products and rights; without an answer the shell, which asks the device.
async function open(request, { page }) {
  const answer = fetch(request).then(
    (response) => (response.status >= 500 ? null : response),
    () => null,
  );
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  return (await Promise.race([answer, late])) ?? (await kept(page)) ?? (await answer) ?? Response.error();
}

// A page has begun, or sees this worker wait: it takes over only from a page of its own version that is alone, so that
// nothing changes under a shift that is going on. Every other page hears that a new version waits.
async function begin(pageVersion, source) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const scanning = windows.filter((client) => screenAt(new URL(client.url).pathname));
  if (pageVersion === version && scanning.length < 2) await self.skipWaiting();
  else if (pageVersion !== version) source.postMessage("waiting");
}
