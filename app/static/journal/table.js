// The journal's table: which cell is which student's in which lesson (or whose term mark), what stands in it, and the
// averages beside it.
import { averages, written } from "./averages.js";
import { LETTERS, readCell, readTermMark, weighed } from "./cells.js";
import { comma, say } from "./words.js";

const MISSED = ["absent", "ill", "excused"];

export class Table {
  constructor(table) {
    this.table = table;
    const heads = [...table.tHead.rows[0].cells].map((head, place) => ({
      head, place, lesson: Number(head.dataset.lesson), kind: head.dataset.kind, weight: Number(head.dataset.weight), closed: head.dataset.closed ?? "",
    }));
    this.columns = heads.filter(({ lesson }) => lesson);
    this.kinds = heads.filter(({ kind }) => kind);
    this.byPlace = new Map([...this.columns, ...this.kinds].map((one) => [one.place, one]));
    this.stops = [...this.byPlace.keys()]; // where one writes, from left to right; averages lie between them
    this.rows = [...table.tBodies[0].rows];
    this.first = this.columns[0].place;
    this.places = new Map(this.columns.map(({ lesson, place }) => [lesson, place]));
    this.students = new Map(this.rows.filter((row) => row.dataset.student).map((row) => [Number(row.dataset.student), row]));
    for (const row of this.rows) {
      for (const place of this.stops) row.cells[place].setAttribute("role", "gridcell");
    }
  }

  // The column of the last lesson.
  get last() {
    return this.columns.at(-1).place;
  }

  columnOf(cell) {
    return this.byPlace.get(cell.cellIndex);
  }

  // Whether a term mark stands here, and no lesson's marks.
  isTerm(cell) {
    return Boolean(this.columnOf(cell).kind);
  }

  // The cell that a change is for; undefined where the page has none.
  cellOf({ lesson, kind, term, subject, student }) {
    const { dataset } = this.table;
    const isHere = !kind || (Number(dataset.term) === term && Number(dataset.subject) === subject);
    const place = kind ? this.kinds.find((one) => one.kind === kind)?.place : this.places.get(lesson);
    return isHere ? this.students.get(student)?.cells[place] : undefined;
  }

  placeOf(cell) {
    const [{ lesson, kind }, { term, subject }] = [this.columnOf(cell), this.table.dataset];
    const student = Number(cell.parentElement.dataset.student);
    return kind ? { term: Number(term), subject: Number(subject), kind, student } : { lesson, student };
  }

  at(row, place) {
    const line = this.rows[Math.max(0, Math.min(row, this.rows.length - 1))];
    return line.cells[place];
  }

  // So many lines below and cells to the right.
  beside(cell, down, right) {
    const stop = this.stops.indexOf(cell.cellIndex) + right;
    return this.at(this.rowOf(cell) + down, this.stops[Math.max(0, Math.min(stop, this.stops.length - 1))]);
  }

  // What a person typed for this cell, as it will stand: { text, … }; null where it takes none of it.
  read(cell, typed) {
    return this.isTerm(cell) ? readTermMark(typed) : readCell(typed);
  }

  rowOf(cell) {
    return this.rows.indexOf(cell.parentElement);
  }

  // Why nobody writes in the cell, in words; empty where one may try.
  whyClosed(cell) {
    const { closed } = this.columnOf(cell);
    if (closed === "not-yours") return say("notYours");
    if (closed) return say("closed", { why: closed });
    if (this.isTerm(cell) && cell.classList.contains("is-off")) return say("notYours");
    if (!cell.parentElement.dataset.student) return say("closed", { why: cell.parentElement.querySelector(".note")?.textContent ?? "—" });
    return "";
  }

  // The cell as it is typed, before or after it is saved.
  show(cell, text) {
    cell.textContent = text;
    if (this.isTerm(cell)) return;
    const { letter, dot } = readCell(text) ?? {};
    cell.classList.toggle("has-dot", Boolean(dot));
    cell.classList.toggle("is-away", Boolean(letter) && letter !== "о");
    cell.classList.toggle("is-late", letter === "о");
    cell.removeAttribute("data-w");
    this.reckon(cell.parentElement);
    this.reckonColumn(cell.cellIndex);
  }

  // The cell as the server says that it stands.
  settle(cell, { text, versions, weights, draft }) {
    cell.dataset.v = versions;
    this.show(cell, text);
    if (this.isTerm(cell)) return;
    const { weight } = this.columnOf(cell);
    if (weights?.some((one) => one !== weight)) cell.dataset.w = weights.join(",");
    cell.classList.toggle("is-draft", Boolean(draft));
    this.reckon(cell.parentElement);
  }

  reckon(row) {
    if (this.columns.length < 2 && !row.querySelector(".sum-count")) return; // one lesson knows not the others
    const marks = [];
    const missed = { absent: 0, ill: 0, excused: 0, late: 0 };
    for (const { place, weight } of this.columns) {
      const cell = row.cells[place];
      if (!cell.textContent) continue;
      marks.push(...weighed(cell.textContent, cell.dataset.w, weight));
      const reason = LETTERS[readCell(cell.textContent)?.letter];
      if (reason) missed[reason] += 1;
    }
    const { count, mean, weighted } = averages(marks);
    const put = (name, text) => {
      const cell = row.querySelector(`.sum-${name}`);
      if (cell) cell.textContent = text;
    };
    put("count", count || "");
    put("mean", written(mean, comma));
    put("weighted", written(weighted, comma));
    put("missed", MISSED.reduce((all, reason) => all + missed[reason], 0) || "");
    for (const [reason, times] of Object.entries(missed)) put(reason, times || "");
  }

  reckonColumn(place) {
    const foot = this.table.tFoot?.rows[0].cells[place];
    if (!foot) return;
    const marks = this.rows.flatMap((row) => weighed(row.cells[place].textContent, "", 100));
    foot.textContent = written(averages(marks).mean, comma);
  }
}
