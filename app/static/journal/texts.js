// Topics and homework, edited where they stand; each goes the way of the cells.
const SETTLES = 600;
const LONGEST = { topic: 500, homework: 5000, bring: 200 };

export class Texts {
  constructor(root, queue) {
    [this.queue, this.fields] = [queue, new Map()];
    for (const shown of root.querySelectorAll(".journal-text[data-field]")) this.open(shown);
  }

  open(shown) {
    const { field, lesson, label } = shown.dataset;
    const area = Object.assign(document.createElement("textarea"), { className: "form-control journal-area", rows: 1, value: shown.textContent, maxLength: LONGEST[field] });
    area.setAttribute("aria-label", label);
    shown.after(area);
    shown.classList.add("is-edited");
    const one = { area, shown, was: shown.textContent, place: { lesson: Number(lesson), field } };
    this.fields.set(`${lesson}:${field}`, one);
    area.addEventListener("input", () => {
      this.fit(area);
      clearTimeout(one.timer);
      one.timer = setTimeout(() => this.save(one), SETTLES);
    });
    area.addEventListener("change", () => this.save(one));
    // Enter goes on, as in the cells; Shift with it begins a new line of the homework.
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || (field === "homework" && !event.ctrlKey)) return;
      event.preventDefault();
      this.save(one);
      const all = [...document.querySelectorAll(".journal-area")];
      all[all.indexOf(area) + 1]?.focus();
    });
    this.fit(area);
  }

  fit(area) {
    area.style.height = "";
    const { scrollHeight, clientHeight } = area;
    if (scrollHeight > clientHeight) area.rows = Math.min(8, Math.ceil(scrollHeight / 24));
  }

  save(one) {
    clearTimeout(one.timer);
    const text = one.area.value.trim();
    if (text === one.sent) return;
    if (one.sent === undefined && text === one.was.trim()) return;
    one.sent = text;
    one.shown.textContent = text;
    one.area.classList.remove("is-invalid");
    one.area.classList.add("is-saving");
    this.queue.put(one.place, text, one.was);
  }

  // All that is typed and not handed over yet: before the page is left.
  saveAll() {
    for (const one of this.fields.values()) {
      if (one.timer && document.activeElement === one.area) this.save(one);
    }
  }

  of({ lesson, field }) {
    return this.fields.get(`${lesson}:${field}`);
  }

  settle(one, text, isNewer) {
    one.was = text;
    one.area.classList.remove("is-saving");
    if (isNewer || document.activeElement === one.area) return;
    [one.area.value, one.shown.textContent] = [text, text];
    this.fit(one.area);
  }
}
