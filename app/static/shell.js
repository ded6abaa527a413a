// The menu: opens by its button on narrow screens, closes by Escape and by a click elsewhere.
const button = document.querySelector(".bar-button");
const nav = document.querySelector(".bar-menu");

if (button && nav) {
  document.documentElement.classList.add("has-script");
  button.hidden = false;
  button.addEventListener("click", () => {
    const open = nav.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(open));
  });
  const close = (except) => {
    for (const drop of nav.querySelectorAll("details[open]")) {
      if (drop !== except) drop.open = false;
    }
  };
  document.addEventListener("click", (event) => close(event.target.closest("details.drop")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = nav.querySelector("details[open]");
    close(null);
    open?.querySelector("summary").focus();
  });
}
