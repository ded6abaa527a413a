// Ctrl-K: people, classes and pages found as one types (an ARIA combobox in a dialog). Without script /find does it.

const PAUSE_MS = 150;
const dialog = document.querySelector("#finder");

class Finder {
  constructor() {
    this.input = dialog.querySelector("input");
    this.list = dialog.querySelector("ul");
    this.told = dialog.querySelector(".finder-told");
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.search(), PAUSE_MS);
    });
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.list.addEventListener("click", (event) => this.go(event.target.closest("[role=option]")));
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => this.asking?.abort());
  }

  open() {
    if (document.querySelector("dialog[open]")) return;
    dialog.showModal();
    this.input.select();
  }

  async search() {
    this.asking?.abort();
    this.asking = new AbortController();
    const typed = this.input.value.trim();
    if (!typed) return this.show([], "");
    try {
      const answer = await fetch(`${dialog.dataset.source}?q=${encodeURIComponent(typed)}`, {
        headers: { Accept: "application/json" }, signal: this.asking.signal,
      });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      const { result } = await answer.json();
      this.show(result, result.length ? `${dialog.dataset.found} ${result.length}` : dialog.dataset.nothing);
    } catch (error) {
      if (error.name !== "AbortError") this.show([], dialog.dataset.lost);
    }
  }

  show(found, told) {
    this.list.replaceChildren(...found.map(({ address, text, hint, kind }, number) => {
      const option = document.createElement("li");
      const about = document.createElement("small");
      option.id = `found-${number}`;
      option.dataset.address = address;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", String(number === 0));
      about.textContent = [hint, kind].filter(Boolean).join(" · ");
      option.append(text, " ", about);
      return option;
    }));
    this.told.textContent = told;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    this.point();
  }

  options() {
    return [...this.list.children];
  }

  active() {
    return this.list.querySelector('[aria-selected="true"]');
  }

  point() {
    const active = this.active();
    if (active) this.input.setAttribute("aria-activedescendant", active.id);
    else this.input.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  }

  press(event) {
    const options = this.options();
    if (event.key === "Enter") {
      event.preventDefault();
      this.go(this.active());
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = (options.indexOf(this.active()) + step + options.length) % options.length;
      for (const option of options) option.setAttribute("aria-selected", String(option === options[next]));
      this.point();
    }
  }

  go(option) {
    if (option) location.assign(option.dataset.address);
  }
}

if (dialog) {
  const finder = new Finder();
  document.addEventListener("keydown", (event) => {
    const isK = event.code === "KeyK" || event.key.toLowerCase() === "k"; // also on a Russian keyboard
    if (!isK || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.defaultPrevented) return;
    event.preventDefault();
    finder.open();
  });
  for (const link of document.querySelectorAll("[data-finder]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      finder.open();
    });
  }
}
