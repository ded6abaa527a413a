// On an own device the diary opens without a network; on any other nothing is kept, also of what was kept before.

const told = document.querySelector("[data-own-device]");
const workers = navigator.serviceWorker;

if (workers && told) {
  if (told.dataset.ownDevice === "yes") {
    workers.register("/diary/worker.js", { scope: "/diary/" });
    const week = told.dataset.week;
    if (week && navigator.onLine) workers.ready.then(() => fetch(week, { headers: { "Zvonok-Part": "week" } })).catch(() => {});
  } else {
    workers.getRegistrations().then((found) => found.forEach((one) => one.unregister()));
    if (window.caches) caches.keys().then((names) => names.forEach((name) => caches.delete(name)));
  }
}

const says = document.querySelector("[data-offline]");
const show = () => {
  if (says) says.hidden = navigator.onLine;
};
addEventListener("online", show);
addEventListener("offline", show);
show();
