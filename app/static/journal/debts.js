// What a dot is for: a small form beside its cell, which one fills in or passes by. It asks for nothing: a debt has a usual
// work type and last day.
import { readCell } from "./cells.js";
import { say } from "./words.js";

const WIDE = "(min-width: 45rem)"; // on a phone it would cover the pad: there one asks for it by a second dot
const box = document.querySelector("#journal-debt");

export class Debts {
  constructor(table, grid) {
    [this.table, this.grid] = [table, grid];
    for (const cell of table.table.querySelectorAll(".has-dot")) cell.toggleAttribute("data-debt", true);
    table.table.addEventListener("keydown", (event) => event.key.length === 1 && this.hide(), true);
    table.table.addEventListener("mousedown", () => this.hide());
    box.addEventListener("keydown", (event) => event.key === "Escape" && this.hide(true));
    document.addEventListener("scroll", () => box.contains(document.activeElement) || this.hide(), { capture: true, passive: true });
    box.addEventListener("submit", (event) => this.send(event));
    box.addEventListener("click", (event) => event.target.closest("[data-leave]") && this.hide(true));
  }

  // After a dot was saved: the form, without taking the keyboard away.
  offer(cell) {
    const isNew = readCell(cell.textContent)?.dot && !cell.hasAttribute("data-debt");
    cell.toggleAttribute("data-debt", Boolean(readCell(cell.textContent)?.dot));
    if (isNew && matchMedia(WIDE).matches && !document.querySelector("dialog[open]") && !box.contains(document.activeElement)) this.show(cell);
  }

  // By the dot once more, or a tap: the form with the keyboard in it.
  async open(cell) {
    if (await this.show(cell)) box.querySelector("input:not([type=hidden])")?.focus();
  }

  address(cell) {
    const { lesson, student } = this.table.placeOf(cell);
    return `/journal/debt/${lesson}/${student}`;
  }

  async show(cell) {
    this.cell = cell;
    try {
      const answer = await fetch(this.address(cell), { redirect: "manual" });
      if (!answer.ok || this.cell !== cell) return false;
      this.put(await answer.text());
    } catch {
      return false; // away for the moment: the dot itself is kept
    }
    box.hidden = false;
    const [at, size] = [cell.getBoundingClientRect(), box.getBoundingClientRect()];
    const isRight = at.right + size.width + 8 < innerWidth;
    box.style.left = `${Math.max(4, isRight ? at.right + 6 : at.left - size.width - 6)}px`;
    box.style.top = `${Math.max(4, Math.min(at.top, innerHeight - size.height - 8))}px`;
    return true;
  }

  put(page) {
    const form = new DOMParser().parseFromString(page, "text/html").querySelector(".debt-form");
    if (form) box.replaceChildren(form);
  }

  hide(goesBack = false) {
    if (box.hidden) return;
    box.hidden = true;
    if (goesBack) this.grid.focus(this.cell);
    this.cell = undefined;
  }

  // What is wrong is said by its field, and what was typed stays.
  async send(event) {
    event.preventDefault();
    const form = event.target;
    try {
      const answer = await fetch(this.address(this.cell), { method: "POST", body: new URLSearchParams(new FormData(form, event.submitter)), redirect: "manual" });
      if (answer.status === 422 || answer.status === 409) this.put(await answer.text());
      else if (answer.ok || answer.type === "opaqueredirect") this.hide(true);
      else this.say(say("refused"));
    } catch {
      this.say(say("notSent"));
    }
  }

  say(sentence) {
    box.querySelector(".debt-told").textContent = sentence;
  }
}
