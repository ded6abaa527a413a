// Copying and pasting blocks, as a spreadsheet does: tabs between cells, lines between students. What does not fit is
// shown before anything is written.
import { say } from "./words.js";

const SHOWN = 8;

export function clipboard(grid, table) {
  const isHere = () => document.activeElement?.matches("td[role=gridcell]") && table.table.contains(document.activeElement);
  document.addEventListener("copy", (event) => {
    if (!isHere() || String(document.getSelection())) return;
    event.clipboardData.setData("text/plain", grid.block().map((line) => line.map((cell) => cell.textContent).join("\t")).join("\n"));
    event.preventDefault();
  });
  document.addEventListener("paste", (event) => {
    if (!isHere()) return;
    event.preventDefault();
    paste(grid, table, event.clipboardData.getData("text/plain"));
  });
}

function paste(grid, table, text) {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
  const isOne = lines.length === 1 && lines[0].length === 1;
  const targets = isOne ? grid.block().flat().map((cell) => [cell, lines[0][0], 0, 0]) : [...spread(grid, table, lines)];
  const [fits, left] = sorted(table, targets);
  if (isOne && fits.length && !left.length) grid.write(fits);
  else if (fits.length || left.length) preview(grid, fits, left);
}

function* spread(grid, table, lines) {
  const [top, start] = [table.rowOf(grid.active), table.stops.indexOf(grid.active.cellIndex)];
  for (const [down, line] of lines.entries()) {
    for (const [right, typed] of line.entries()) {
      const place = table.stops[start + right];
      yield [top + down < table.rows.length && place ? table.at(top + down, place) : undefined, typed, down, right];
    }
  }
}

function sorted(table, targets) {
  const [fits, left] = [[], []];
  for (const [cell, typed, down, right] of targets) {
    if (!typed.trim()) continue; // a gap leaves what stands; Del empties
    const where = say("pasteLine", { line: down + 1, column: right + 1 });
    if (!cell) left.push(`${where}: ${say("pasteOutside")}`);
    else if (!table.read(cell, typed)) left.push(`${where}: ${say("pasteValue", { given: typed.slice(0, 30) })}`);
    else if (table.whyClosed(cell) || cell.classList.contains("is-off")) left.push(`${where}: ${say("pasteOff")}`);
    else fits.push([cell, typed]);
  }
  return [fits, left];
}

function preview(grid, fits, left) {
  const dialog = document.querySelector("#journal-paste");
  const list = dialog.querySelector(".journal-left");
  const back = grid.active;
  dialog.querySelector(".journal-told").textContent = [
    say("pasteFits", { count: fits.length }),
    ...(left.length ? [say("pasteLeft", { count: left.length })] : []),
  ].join(". ");
  list.replaceChildren(...left.slice(0, SHOWN).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  if (left.length > SHOWN) list.append(Object.assign(document.createElement("li"), { textContent: say("pasteMore", { count: left.length - SHOWN }) }));
  const [write, leave] = [dialog.querySelector("[data-paste]"), dialog.querySelector("[data-leave]")];
  write.disabled = !fits.length;
  write.onclick = () => {
    dialog.close();
    grid.write(fits);
  };
  leave.onclick = () => dialog.close();
  dialog.onclose = () => grid.focus(back);
  dialog.showModal();
}
