// The page's CSRF token, and a new one when a sign-in in another tab has made it worthless.

const meta = document.querySelector("meta[name=csrf-token]");

export const token = () => meta.content;

/** -> "renewed", "signed_out", "other_user" (somebody else has signed in on this device) or "unreachable" */
export async function renew() {
  try {
    const response = await fetch(location.pathname, { redirect: "manual", cache: "no-store" });
    if (response.type === "opaqueredirect") return "signed_out";
    if (!response.ok) return "forbidden";
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("meta[name=csrf-token]");
    if (!fresh) return "signed_out";
    if (page.body.dataset.user !== document.body.dataset.user) return "other_user";
    meta.content = fresh.content;
    return "renewed";
  } catch {
    return "unreachable";
  }
}
