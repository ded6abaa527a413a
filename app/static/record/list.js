// A list: tick all of a page, count what is chosen, print; and remember the order of the rows for “save and next”.

const bulk = document.querySelector("#bulk");
const boxes = [...document.querySelectorAll('[form="bulk"][name="row"]')];
const links = [...document.querySelectorAll(".list-table tbody td a[href]:not(.pencil)")];

const [, record] = location.pathname.match(/^\/records\/(\w+)\/$/) ?? [];
const keys = links.map((link) => link.pathname.match(/\/(\d+)$/)?.[1]).filter(Boolean);
if (record && keys.length) sessionStorage.setItem(`rows of ${record}`, keys.join(" "));

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

if (bulk) {
  const every = bulk.querySelector("[data-every]");
  const tick = every.querySelector("input");
  const told = bulk.querySelector("[data-count]");
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    told.textContent = chosen ? `${told.dataset.count} ${chosen}` : "";
    tick.checked = chosen === boxes.length;
    tick.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  every.hidden = false;
  tick.addEventListener("change", () => {
    for (const box of boxes) box.checked = tick.checked;
    count();
  });
  let last = null;
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last) { // from the one ticked before to this one
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
      count();
    });
  }
  count();
}
