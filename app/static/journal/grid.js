// The keyboard of the journal's cells: moving, typing, editing, choosing several, undoing.
import { prefer, preferred } from "../preferences.js";
import { DOT, isDot, isWhole, letterOf, mayBegin, over, readCell } from "./cells.js";
import { say } from "./words.js";

const STEPS = 200;
const WAYS = { down: [1, 0], right: [0, 1], stay: [0, 0] };
const MOVES = "journal_moves";

export class Grid {
  // writes: { put(place, text, was), versions of a cell are its data-v }; tells: (sentence, cell) → shown at the cell
  constructor(table, queue, hooks) {
    [this.table, this.queue, this.hooks, this.done, this.undone] = [table, queue, hooks, [], []];
    this.active = this.chosen = undefined;
    const begin = Number(table.table.dataset.begin);
    const place = table.places.get(begin) ?? table.first;
    this.focusable(table.rows.length ? table.at(0, place) : undefined);
    for (const link of table.table.querySelectorAll("a, thead a")) link.tabIndex = -1;
    const on = (kind, act) => table.table.addEventListener(kind, act);
    on("keydown", (event) => this.key(event));
    on("mousedown", (event) => this.point(event));
    on("dblclick", (event) => event.target.closest("td[role=gridcell]") === this.active && this.edit(this.active.textContent));
    on("click", (event) => this.tap(event));
    on("focusin", (event) => event.target.matches("td[role=gridcell]") && this.focusable(event.target));
  }

  get moves() {
    return WAYS[preferred(MOVES)] ? preferred(MOVES) : "down";
  }

  set moves(way) {
    prefer(MOVES, way);
  }

  focusable(cell) {
    if (this.active) this.active.tabIndex = -1;
    this.active = cell;
    if (cell) cell.tabIndex = 0;
  }

  focus(cell) {
    this.focusable(cell);
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  go(rows, columns) {
    this.choose(undefined);
    if (rows < 0 && this.table.rowOf(this.active) === 0) {
      this.table.columnOf(this.active).head.querySelector("a")?.focus(); // its menu opens by Enter
      return;
    }
    this.focus(this.table.beside(this.active, rows, columns));
  }

  point(event) {
    const cell = event.target.closest("td[role=gridcell]");
    if (!cell || event.button !== 0 || cell.querySelector("input")) return;
    event.preventDefault();
    if (event.shiftKey) this.choose(cell);
    else {
      this.choose(undefined);
      this.focus(cell);
    }
  }

  // A second tap opens the cell where there is no keyboard, and no pad instead of it.
  tap(event) {
    const cell = event.target.closest("td[role=gridcell]");
    if (event.pointerType === "touch" && cell && cell === this.tapped && !document.querySelector(".journal-pad")) this.edit(cell.textContent);
    this.tapped = cell;
  }

  // The rectangle from the active cell to `corner`; none: the active cell alone.
  choose(corner) {
    for (const cell of this.table.table.querySelectorAll("[aria-selected]")) cell.removeAttribute("aria-selected");
    this.chosen = corner;
    if (corner) for (const cell of this.block().flat()) cell.setAttribute("aria-selected", "true");
  }

  block() {
    const corner = this.chosen ?? this.active;
    const [top, bottom] = [this.table.rowOf(this.active), this.table.rowOf(corner)].sort((one, other) => one - other);
    const [left, right] = [this.active.cellIndex, corner.cellIndex].sort((one, other) => one - other);
    const places = this.table.stops.filter((place) => place >= left && place <= right);
    return this.table.rows.slice(top, bottom + 1).map((row) => places.map((place) => row.cells[place]));
  }

  // In the heads: to the columns beside, and down again.
  headKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: 0, Escape: 0 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const cell = this.table.beside(this.table.at(0, this.active.cellIndex), 0, step);
    if (!step) return this.focus(cell);
    this.focusable(cell);
    this.go(-1, 0);
  }

  key(event) {
    const cell = event.target;
    if (cell.matches(".col-lesson a")) return this.headKey(event);
    if (!cell.matches("td[role=gridcell]") || event.altKey || event.isComposing) return;
    const act = event.ctrlKey || event.metaKey ? this.withControl(event) : this.plain(event);
    if (act) {
      event.preventDefault();
      act();
    }
  }

  withControl({ code, key, shiftKey }) {
    const { table } = this;
    const jumps = {
      Home: () => this.focus(table.at(0, table.first)),
      End: () => this.focus(table.at(table.rows.length - 1, table.last)),
      ArrowUp: () => this.focus(table.at(0, this.active.cellIndex)),
      ArrowDown: () => this.focus(table.at(table.rows.length - 1, this.active.cellIndex)),
    };
    if (jumps[key]) return jumps[key];
    if (code === "KeyZ") return () => (shiftKey ? this.redo() : this.undo());
    if (code === "KeyY") return () => this.redo();
    return code === "KeyD" ? () => this.fill() : undefined;
  }

  plain(event) {
    const { key, shiftKey } = event;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] };
    if (steps[key]) return () => (shiftKey ? this.extend(...steps[key]) : this.go(...steps[key]));
    if (key === "Home") return () => this.focus(this.table.at(this.table.rowOf(this.active), this.table.first));
    if (key === "End") return () => this.focus(this.table.at(this.table.rowOf(this.active), this.active.cellIndex < this.table.last ? this.table.last : this.table.stops.at(-1)));
    if (key === "Enter" || key === "F2") return () => this.edit(this.active.textContent);
    if (key === "Escape") return () => this.leave();
    if (key === "Tab" && !shiftKey) return this.hooks.onwards(this.active);
    if (key === "Delete" || key === "Backspace") return () => this.empty();
    if (key === "/") return () => (this.active.textContent && !this.table.isTerm(this.active) && !this.table.whyClosed(this.active) ? this.edit(`${this.active.textContent}/`) : this.hooks.find());
    if (key === "?" || (key === "," && event.code === "Digit7" && shiftKey)) return this.hooks.keys;
    if (key.length !== 1 || key === " ") return undefined;
    return () => this.type(event);
  }

  extend(rows, columns) {
    const from = this.chosen ?? this.active;
    this.choose(this.table.beside(from, rows, columns));
  }

  leave() {
    this.choose(undefined);
    this.hooks.restore(this.active);
  }

  type(event) {
    const isTerm = this.table.isTerm(this.active);
    const letter = letterOf(event);
    if (isTerm && event.key === "=") this.takeProposed();
    else if (isWhole(event.key) && /^[0-9]$/.test(event.key)) this.enter(isTerm ? event.key : over(this.active.textContent, event.key));
    else if (!isTerm && isDot(event)) this.dot();
    else if (letter && !isTerm) this.enter(over(this.active.textContent, letter));
    else if (mayBegin(letter ?? event.key) && !this.refuses(this.active)) this.edit(letter ?? event.key);
    else if (!this.refuses(this.active)) this.hooks.tell(this.notTaken(this.active, event.key), this.active);
  }

  notTaken(cell, given) {
    return say(this.table.isTerm(cell) ? "termTakes" : "notTaken", { allowed: say("allowed"), given });
  }

  // What the marks propose: for this student, or for all that are chosen.
  takeProposed() {
    const proposed = (cell) => cell.parentElement.cells[cell.cellIndex - 1].textContent;
    const cells = this.block().flat().filter((cell) => this.table.isTerm(cell) && this.table.read(cell, proposed(cell))?.text);
    if (!this.chosen && cells.length) this.enter(proposed(this.active));
    else this.write(cells.filter((cell) => !this.table.whyClosed(cell)).map((cell) => [cell, proposed(cell)]));
  }

  // A debt, alone or beside what stands; where there is one, what it is for.
  dot() {
    const stands = readCell(this.active.textContent);
    if (stands?.dot) this.hooks.debt(this.active);
    else this.enter(`${stands?.text ?? ""} ${DOT}`);
  }

  refuses(cell) {
    const why = this.table.whyClosed(cell);
    if (why) this.hooks.tell(why, cell);
    return Boolean(why);
  }

  // A mark or a letter, written at once; on to the next cell.
  enter(text) {
    if (this.refuses(this.active)) return;
    this.write([[this.active, text]]);
    const [rows, columns] = WAYS[this.moves];
    if (rows || columns) this.go(rows, columns);
    else this.hooks.moved?.(this.active);
  }

  empty() {
    const cells = this.block().flat().filter((cell) => cell.textContent && !this.table.whyClosed(cell));
    if (cells.length) this.write(cells.map((cell) => [cell, ""]));
    else this.refuses(this.active);
  }

  // Several cells at once are one step to undo.
  write(pairs, isStep = true, more) {
    const step = [];
    for (const [cell, typed] of pairs) {
      const text = this.table.read(cell, typed)?.text;
      if (text === undefined || (text === cell.textContent && !cell.classList.contains("is-refused"))) continue;
      step.push([cell, cell.textContent, text]);
      const place = this.table.placeOf(cell);
      cell.dataset.stands ??= cell.textContent; // what Escape brings back, should this be refused
      cell.classList.remove("is-refused", "is-saved");
      cell.classList.add("is-saving");
      this.table.show(cell, text);
      this.queue.put(place, text, cell.dataset.v ?? "", more);
    }
    if (isStep && step.length) {
      this.done.push(step);
      if (this.done.length > STEPS) this.done.shift();
      this.undone = [];
    }
  }

  undo() {
    this.back(this.done, this.undone, 1);
  }

  redo() {
    this.back(this.undone, this.done, 2);
  }

  back(from, to, place) {
    const step = from.pop();
    if (!step) return;
    to.push(step);
    this.write(step.map((one) => [one[0], one[place]]), false, { undo: "yes" }); // a dot comes back with its task
    this.choose(undefined);
    this.focus(step[0][0]);
  }

  // The first line of what is chosen goes down through it; of one cell: what stands above comes here.
  fill() {
    const lines = this.block();
    const above = lines.length > 1 ? lines[0] : [this.table.at(this.table.rowOf(this.active) - 1, this.active.cellIndex)];
    const below = lines.length > 1 ? lines.slice(1) : lines;
    const pairs = below.flatMap((line) => line.map((cell, place) => [cell, above[place]?.textContent ?? ""]));
    this.write(pairs.filter(([cell]) => !this.table.whyClosed(cell)));
  }

  edit(text) {
    const cell = this.active;
    if (this.refuses(cell)) return;
    const before = cell.textContent;
    const field = Object.assign(document.createElement("input"), { value: text, maxLength: 40, className: "cell-input", autocomplete: "off" });
    field.setAttribute("aria-label", cell.parentElement.cells[0].textContent.trim());
    cell.textContent = "";
    cell.append(field);
    field.focus();
    field.setSelectionRange(text.length, text.length);
    let isOver = false;
    const end = (way) => {
      if (isOver) return;
      isOver = true;
      const typed = field.value;
      const read = this.table.read(cell, typed);
      field.remove();
      cell.textContent = before;
      if (way !== "escape" && typed !== before) {
        if (read) this.write([[cell, typed]]);
        else this.hooks.refuse(cell, typed, this.notTaken(cell, typed));
      }
      if (way === "enter" && read) this.go(...(this.moves === "right" ? [0, 1] : [1, 0]));
      else if (way) this.focus(cell);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      if (event.key === "Enter") end("enter");
      else if (event.key === "Escape") end("escape");
      else if (event.key === "Tab") end("");
      else return;
      if (event.key !== "Tab") event.preventDefault();
    });
    field.addEventListener("blur", () => {
      // Under the lock the half-typed cell stays as it is.
      if (!document.documentElement.classList.contains("is-locked") && document.hasFocus()) end("");
    });
  }

  // The cell of a student by the beginning of any of the names; undefined where there is none.
  find(typed) {
    const folded = (text) => text.toLocaleLowerCase("ru").replaceAll("ё", "е");
    const wanted = folded(typed.trim());
    const row = wanted && this.table.rows.find((one) => folded(one.cells[0].textContent).split(/\s+/).some((word) => word.startsWith(wanted)));
    return row ? row.cells[this.active.cellIndex] : undefined;
  }
}
