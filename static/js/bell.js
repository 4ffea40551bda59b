// Keeps the number on the bell fresh while somebody can see it. Asking is no activity: it keeps no session alive.

const EVERY_MS = 60_000;
const bell = document.querySelector("#bell");
const badge = bell.querySelector(".bell-count");
const most = Number(bell.dataset.most);

async function refresh() {
  if (document.hidden) return;
  const response = await fetch(bell.dataset.unread, { redirect: "manual" }).catch(() => null);
  if (response?.ok) show((await response.json()).count);
}

function show(count) {
  badge.textContent = count > most ? `${most}+` : count;
  badge.hidden = count === 0;
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
