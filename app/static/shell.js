// The menu: opens by its button on narrow screens, closes by Escape and by a click elsewhere. And the school's time zone
// is told to a device that has another.
const button = document.querySelector(".bar-button");
const panel = document.querySelector(".bar-panel");

const close = (except) => {
  for (const drop of panel.querySelectorAll("details[open]")) {
    if (drop !== except) drop.open = false;
  }
};

if (panel) {
  document.documentElement.classList.add("has-script");
  document.addEventListener("click", (event) => close(event.target.closest("details.drop")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = panel.querySelector("details[open]");
    if (open) {
      close(null);
      open.querySelector("summary").focus();
    } else if (button && button.getAttribute("aria-expanded") === "true") {
      button.click();
      button.focus();
    }
  });
}

if (button) {
  button.hidden = false;
  panel.classList.add("is-folded");
  button.addEventListener("click", () => {
    const isFolded = panel.classList.toggle("is-folded");
    button.setAttribute("aria-expanded", String(!isFolded));
  });
}

const differs = (zone) =>
  [new Date(2026, 0, 1), new Date(2026, 6, 1), new Date()].some(
    (day) => day.toLocaleString("en", { timeZone: zone }) !== day.toLocaleString("en"),
  );

for (const told of document.querySelectorAll("[data-zone]")) {
  told.hidden = !differs(told.dataset.zone);
}
