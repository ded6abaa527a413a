// A lesson under the thumb: "all here" first, then a tap on who is away; then marks by the pad at the foot of the screen.
import { over } from "./cells.js";

const WIDE = "(min-width: 45rem)";

export function touch(root, table, grid, queue) {
  const ways = root.querySelector(".journal-ways");
  const pad = root.querySelector(".journal-pad");
  if (!ways || !pad) return;
  ways.hidden = pad.hidden = false;
  for (const button of pad.querySelectorAll("button")) button.tabIndex = -1; // the keyboard has its own way in the cells
  let way = "attendance";
  const choose = (cell) => {
    for (const row of table.rows) row.classList.toggle("is-chosen", row === cell?.parentElement);
  };
  const cellOf = (row) => row.cells[table.first];
  const write = (cell, text) => {
    grid.focusable(cell);
    if (!grid.refuses(cell)) grid.write([[cell, text]]);
  };

  for (const button of ways.querySelectorAll("[data-way]")) {
    button.addEventListener("click", () => {
      way = button.dataset.way;
      for (const other of ways.querySelectorAll("[data-way]")) other.setAttribute("aria-pressed", String(other === button));
    });
  }

  const here = ways.querySelector("[data-all-here]");
  here.addEventListener("click", () => {
    here.setAttribute("aria-pressed", "true");
    if (here.dataset.was !== "held") queue.put({ lesson: Number(here.dataset.lesson), field: "state" }, "held", here.dataset.was);
    here.dataset.was = "held";
    if (matchMedia(WIDE).matches) grid.focus(grid.active); // on to who is away, by the keyboard
  });

  if (matchMedia(WIDE).matches && !location.hash) here.focus({ preventScroll: true });

  table.table.addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr[data-student]");
    if (!row || event.target.closest("input, a")) return;
    const cell = cellOf(row);
    const isName = !event.target.closest("td");
    if (isName && way === "attendance" && (cell.textContent === "" || cell.textContent === "н")) write(cell, cell.textContent ? "" : "н");
    grid.focus(cell);
    choose(cell);
  });
  table.table.addEventListener("focusin", (event) => event.target.matches("td[role=gridcell]") && choose(event.target));

  pad.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const cell = grid.active;
    if (!button || !cell) return;
    if ("undo" in button.dataset) grid.undo();
    else if ("edit" in button.dataset) return grid.edit(cell.textContent);
    else if ("second" in button.dataset) pad.classList.toggle("is-second");
    else if (pad.classList.contains("is-second") && /^[0-9]+$/.test(button.dataset.put) && cell.textContent) {
      pad.classList.remove("is-second");
      write(cell, `${cell.textContent.split(" ")[0]}/${button.dataset.put}`);
    } else if (button.dataset.put === "") grid.empty();
    else if ("dot" in button.dataset) {
      grid.focusable(cell);
      grid.dot();
    } else {
      write(cell, over(cell.textContent, button.dataset.put));
      const next = table.at(table.rowOf(cell) + 1, cell.cellIndex);
      if (way === "marks" && next !== cell) grid.focus(next);
    }
    choose(grid.active);
  });
}
