// What the marks propose, as the server reckons it: asked again when one pauses after marks were saved.
const PAUSE = 1_500;

export class Proposals {
  constructor(table) {
    this.table = table;
    this.columns = [...table.table.tHead.rows[0].querySelectorAll("[data-proposed]")].map((head) => [head.dataset.proposed, head.cellIndex]);
  }

  soon() {
    clearTimeout(this.timer);
    if (this.columns.length) this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    const { class: schoolClass, subject, term } = this.table.table.dataset;
    try {
      const answer = await fetch(`/journal/proposals/${schoolClass}/${subject}/${term}`, { redirect: "manual" });
      if (answer.ok) this.show(await answer.json());
    } catch {
      // away for the moment; the next save asks again
    }
  }

  show(proposed) {
    for (const [kind, place] of this.columns) {
      for (const [student, row] of this.table.students) row.cells[place].textContent = proposed[kind]?.[student] ?? "";
    }
  }
}
