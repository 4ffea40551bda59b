// Shows how far one's exports are while somebody can see it; when one changes its state the page is loaded anew.

const EVERY_MS = 2000;
const table = document.querySelector("#exports");
const language = document.documentElement.lang;

async function refresh() {
  if (document.hidden) return;
  const response = await fetch(table.dataset.exports, { redirect: "manual" }).catch(() => null);
  if (response?.ok) show((await response.json()).results);
}

function show(exports) {
  for (const { id, state, rows } of exports) {
    const row = table.querySelector(`[data-export="${id}"]`);
    if (row?.dataset.state !== state) return location.reload();
    if (rows !== null) row.querySelector("[data-rows]").textContent = rows.toLocaleString(language);
  }
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
