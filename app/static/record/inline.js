// Editing in place: the pencil of a cell fetches the field's small form; without this script it leads to its page.

const HEADERS = { "Zvonok-Part": "in-place" };

const formOf = (html) => new DOMParser().parseFromString(html, "text/html").querySelector(".cell-form");

class Cell {
  constructor(cell, pencil) {
    [this.cell, this.pencil, this.before] = [cell, pencil, [...cell.childNodes]];
  }

  async open() {
    try {
      const answer = await fetch(this.pencil.href, { headers: HEADERS });
      const form = answer.redirected ? null : formOf(await answer.text());
      if (!form) throw new Error(answer.statusText);
      this.show(form);
    } catch {
      location.assign(this.pencil.href); // its page says what is wrong
    }
  }

  show(form) {
    this.cell.replaceChildren(form);
    this.cell.classList.add("is-edited");
    form.dispatchEvent(new Event("form-added", { bubbles: true }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save(form);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.leave();
    });
    form.querySelector("[data-leave]").addEventListener("click", (event) => {
      event.preventDefault();
      this.leave();
    });
    const field = form.querySelector(".field :is(input:not([type=hidden]), select, textarea)");
    field?.focus();
    field?.select?.();
  }

  async save(form) {
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", headers: HEADERS, body });
      if (answer.ok && !answer.redirected) return this.leave((await answer.json()).text);
      const again = answer.redirected ? null : formOf(await answer.text());
      if (!again) throw new Error(answer.statusText);
      this.show(again);
    } catch {
      button.disabled = false;
      form.submit(); // the whole page says what is wrong
    }
  }

  leave(text) {
    this.cell.classList.remove("is-edited");
    this.cell.replaceChildren(...this.before);
    if (text !== undefined) {
      this.cell.querySelector("span, a:not(.pencil)").textContent = text || "";
      this.cell.classList.add("is-saved");
    }
    this.pencil.focus();
  }
}

document.querySelector("[data-inline]")?.addEventListener("click", (event) => {
  const pencil = event.target.closest(".pencil");
  if (!pencil || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  new Cell(pencil.closest("td"), pencil).open();
});
