// Weeks of the diary: back and forth by keys and by swipe; cards of marks open by a tap and close by Escape.

const link = (rel) => document.querySelector(`.weeks a[rel="${rel}"]`);
const isWriting = (place) => place.closest("input, textarea, select, [contenteditable], dialog, details[open]");

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  if (event.key === "Escape") closeCards(null);
  if (isWriting(event.target)) return;
  const rel = { ArrowLeft: "prev", PageUp: "prev", ArrowRight: "next", PageDown: "next" }[event.key];
  const found = rel && link(rel);
  if (!found) return;
  event.preventDefault();
  found.click();
});

let begun = null;
document.addEventListener("touchstart", (event) => {
  begun = event.touches.length === 1 && !isWriting(event.target) ? event.touches[0] : null;
}, { passive: true });
document.addEventListener("touchend", (event) => {
  if (!begun || !event.target.closest(".spread, .weeks")) return;
  const end = event.changedTouches[0];
  const across = end.clientX - begun.clientX;
  const down = Math.abs(end.clientY - begun.clientY);
  if (Math.abs(across) < 60 || Math.abs(across) < 2 * down) return;
  link(across > 0 ? "prev" : "next")?.click();
}, { passive: true });

const closeCards = (except) => {
  for (const mark of document.querySelectorAll(".mark-box.is-open")) if (mark !== except) mark.classList.remove("is-open");
};
document.addEventListener("click", (event) => {
  const given = event.target.closest(".mark-box > .given");
  const mark = event.target.closest(".mark-box");
  closeCards(mark);
  if (!given) return;
  event.preventDefault();
  mark.classList.toggle("is-open");
});
