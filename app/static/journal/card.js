// The story of a cell, beside it: by hovering, by staying on it, by a tap.
const [HOVER, STAY] = [500, 700];
const card = document.querySelector("#journal-card");
let timer;
let shown;

export function hide() {
  clearTimeout(timer);
  card.hidden = true;
  shown = undefined;
}

// Where the story is told; a term mark has one before it is given: why it is proposed.
function address(table, cell) {
  const { lesson, kind, term, subject, student } = table.placeOf(cell);
  if (!student || cell.querySelector("input")) return "";
  if (kind) return `/journal/term-card/${table.table.dataset.class}/${subject}/${term}/${student}?kind=${kind}`;
  return cell.dataset.v || cell.matches(".is-saved, .is-announced") ? `/journal/cell/${lesson}/${student}` : "";
}

async function show(table, cell) {
  const wanted = address(table, cell);
  if (!wanted) return;
  try {
    const answer = await fetch(wanted, { redirect: "manual" });
    if (!answer.ok || shown !== cell) return;
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    card.replaceChildren(...told.body.childNodes);
  } catch {
    return; // away for the moment
  }
  card.hidden = false;
  const [at, box] = [cell.getBoundingClientRect(), card.getBoundingClientRect()];
  const isBelow = at.bottom + box.height + 8 < innerHeight || at.top < box.height;
  card.style.left = `${Math.max(4, Math.min(at.left, innerWidth - box.width - 8))}px`;
  card.style.top = `${Math.max(4, isBelow ? at.bottom + 6 : at.top - box.height - 6)}px`;
}

export function cards(table) {
  const soon = (cell, wait) => {
    if (shown === cell) return;
    hide();
    shown = cell;
    timer = setTimeout(() => show(table, cell), wait);
  };
  const cellAt = (event) => {
    const cell = event.target.closest?.("td[role=gridcell], tbody .col-proposed");
    return cell?.matches(".col-proposed") ? cell.nextElementSibling : cell;
  };
  table.table.addEventListener("mouseover", (event) => cellAt(event) && soon(cellAt(event), HOVER));
  table.table.addEventListener("focusin", (event) => cellAt(event) && soon(cellAt(event), STAY));
  table.table.addEventListener("keydown", hide, true);
  table.table.addEventListener("mouseleave", (event) => card.contains(event.relatedTarget) || hide());
  card.addEventListener("mouseleave", hide);
  document.addEventListener("scroll", () => card.hidden || hide(), { capture: true, passive: true }); // moving to a cell scrolls, too
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
