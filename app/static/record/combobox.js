// A relation that is searched as one types (ARIA combobox with a listbox). The hidden field keeps the record's number;
// without this script the same field is seen and takes the number itself.

const PAUSE_MS = 150;
let lists = 0;

class Combobox {
  constructor(box) {
    this.box = box;
    this.key = box.querySelector("input");
    this.list = document.createElement("ul");
    this.list.id = `combobox-${++lists}`;
    this.list.className = "combobox-list";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.input = this.key.cloneNode();
    this.chosen = box.dataset.text;
    this.input.value = this.chosen || this.key.value; // what was typed and refused is still there
    this.input.removeAttribute("name");
    this.input.inputMode = "text";
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) this.input.setAttribute(name, value);
    this.key.removeAttribute("id");
    this.key.type = "hidden";
    this.list.setAttribute("aria-label", box.closest(".field")?.querySelector("label")?.textContent.trim() ?? "");
    box.append(this.input, this.list);
    this.listen();
  }

  listen() {
    this.input.addEventListener("input", () => {
      this.key.value = "";
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(), PAUSE_MS);
    });
    this.input.addEventListener("click", () => this.list.hidden && this.search());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.input.addEventListener("blur", () => this.leave());
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the field keeps the focus
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option);
    });
  }

  async search() {
    this.asking?.abort();
    this.asking = new AbortController();
    const typed = this.input.value === this.chosen ? "" : this.input.value;
    try {
      const answer = await fetch(`${this.box.dataset.source}?q=${encodeURIComponent(typed)}`, {
        headers: { Accept: "application/json" }, signal: this.asking.signal,
      });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      this.show((await answer.json()).result);
    } catch (error) {
      if (error.name !== "AbortError") this.tell(this.box.dataset.lost);
    }
  }

  show(found) {
    this.list.replaceChildren(...found.map(({ id, text }, number) => {
      const option = document.createElement("li");
      option.id = `${this.list.id}-${number}`;
      option.dataset.key = id;
      option.textContent = text;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      return option;
    }));
    if (!found.length) return this.tell(this.box.dataset.nothing);
    this.open(true);
  }

  tell(words) {
    const line = document.createElement("li");
    line.className = "nothing";
    line.textContent = words;
    line.setAttribute("role", "option");
    line.setAttribute("aria-disabled", "true");
    this.list.replaceChildren(line);
    this.open(true);
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
    this.input.removeAttribute("aria-activedescendant");
  }

  options() {
    return [...this.list.querySelectorAll("[data-key]")];
  }

  active() {
    return this.list.querySelector('[aria-selected="true"]');
  }

  move(step) {
    const options = this.options();
    if (!options.length) return;
    const now = options.indexOf(this.active());
    const next = now < 0 && step < 0 ? options.length - 1 : (now + step + options.length) % options.length;
    for (const option of options) option.setAttribute("aria-selected", String(option === options[next]));
    options[next].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", options[next].id);
  }

  press(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.search();
      else this.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !this.list.hidden && this.active()) {
      event.preventDefault();
      this.choose(this.active());
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.open(false);
    }
  }

  choose(option) {
    this.key.value = option.dataset.key;
    this.input.value = this.chosen = option.textContent;
    this.open(false);
    this.key.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Only what was chosen counts: an emptied field is empty, half a word goes back to what was chosen before.
  leave() {
    clearTimeout(this.timer);
    this.asking?.abort();
    if (this.key.value || !this.input.value) return this.open(false);
    const [only, ...more] = this.options();
    if (!this.list.hidden && only && !more.length) return this.choose(only);
    this.key.value = this.input.value; // the server says beside the field that this is none of those found
    this.open(false);
  }
}

const enliven = (place) => {
  for (const box of place.querySelectorAll("[data-combobox]")) new Combobox(box);
};
enliven(document);
document.addEventListener("form-added", (event) => enliven(event.target)); // a form that another script put in
