// The idle lock: covers the page when nobody has used it for a while. The server decides; what is typed stays behind the
// dialog, and goes on after the password.
const limit = Number(document.querySelector("meta[name=lock]").content) * 1000;
const title = document.title;
const LOOK = 10_000; // a laptop that slept is found out soon after it woke
const TELL = Math.min(60_000, limit / 4);
const FETCH = Math.min(60_000, limit / 2); // most pages are left before

let [used, said, isLocked, dialog] = [Date.now(), Date.now(), false, undefined];

const get = (address) => fetch(address, { redirect: "manual" });

// The dialog, fetched once; undefined where the server does not give it (signed out, or away).
async function fetched() {
  if (dialog) return dialog;
  try {
    const answer = await get("/lock/dialog");
    const found = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("dialog");
    if (found && !dialog) dialog = prepared(document.body.appendChild(found));
  } catch {
    // away for the moment
  }
  return dialog;
}

function prepared(found) {
  const [unlocking] = found.querySelectorAll("form");
  unlocking.addEventListener("submit", (event) => {
    event.preventDefault();
    unlock(found, unlocking);
  });
  found.addEventListener("cancel", (event) => event.preventDefault());
  found.addEventListener("close", () => { if (isLocked) found.showModal(); }); // a second Escape closes it all the same
  return found;
}

async function lock() {
  if (isLocked) return;
  isLocked = true;
  document.documentElement.classList.add("is-locked");
  document.title = "•••";
  const found = await fetched();
  if (!found) return; // nothing is shown; loading the page anew says why
  say("");
  found.showModal();
  found.querySelector("[type=password]").focus();
}

function open() {
  [isLocked, used, said] = [false, Date.now(), Date.now()];
  document.documentElement.classList.remove("is-locked");
  document.title = title;
  dialog.querySelector("[type=password]").value = "";
  dialog.close(); // the focus goes back to where it was
}

function say(text) {
  const told = dialog.querySelector("[role=alert]");
  told.textContent = text;
  told.hidden = !text;
}

async function unlock(found, unlocking) {
  const button = unlocking.querySelector("button");
  button.disabled = true;
  try {
    const body = new URLSearchParams(new FormData(unlocking));
    const answer = await fetch("/unlock", { method: "POST", headers: { "Zvonok-Part": "lock" }, body, redirect: "manual" });
    if (answer.status === 204) {
      open();
      return;
    }
    const isOver = answer.type === "opaqueredirect" || answer.status === 400;
    unlocking.querySelector("a").hidden = !isOver;
    say(isOver ? found.dataset.over : answer.status === 429 ? found.dataset.many : found.dataset.wrong);
    unlocking.querySelector("[type=password]").select();
  } catch {
    say(found.dataset.away);
  } finally {
    button.disabled = false;
  }
}

// Other tabs are the same session: perhaps somebody works there.
async function look() {
  if (isLocked || Date.now() - used < limit) return;
  try {
    const { left } = await (await get("/lock/state")).json();
    if (left === null || left > 0) {
      used = Date.now() - (left === null ? 0 : limit - left * 1000);
      return;
    }
  } catch {
    // signed out by now, or away: where nobody can be asked, nothing is shown
  }
  lock();
}

// Somebody types a long text: the server hears of it only from here.
async function tell() {
  said = Date.now();
  const found = await fetched();
  if (!found) return;
  const token = found.querySelector("[name=csrf_token]").value;
  try {
    const answer = await fetch("/lock/used", { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" });
    if (answer.status === 423) lock();
  } catch {
    // away for the moment
  }
}

function notice() {
  if (isLocked) return;
  if (Date.now() - used >= limit) {
    look();
    return;
  }
  used = Date.now();
  if (used - said > TELL) tell();
}

for (const kind of ["keydown", "pointerdown", "input", "wheel", "touchstart"]) {
  document.addEventListener(kind, notice, { capture: true, passive: true });
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
setTimeout(fetched, FETCH);
setInterval(look, LOOK);
