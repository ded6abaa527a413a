// The boxes of a list: one that ticks all of the page, and how many are chosen.
for (const form of document.querySelectorAll("[data-rows]")) {
  const all = form.querySelector("[data-all]");
  const boxes = [...form.querySelectorAll("[name=rowid]")];
  const chosen = form.querySelector("[data-chosen]");
  if (!all || !boxes.length) continue;
  all.hidden = false;
  const box = all.querySelector("input");
  const tell = () => {
    const count = boxes.filter((one) => one.checked).length;
    chosen.textContent = count ? `${count} / ${boxes.length}` : "";
    box.checked = count === boxes.length;
    box.indeterminate = count > 0 && count < boxes.length;
  };
  box.addEventListener("change", () => {
    for (const one of boxes) one.checked = box.checked;
    tell();
  });
  for (const one of boxes) one.addEventListener("change", tell);
  tell();
}
