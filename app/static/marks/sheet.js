// The sheet of term marks by keyboard: Enter and the arrows walk the marks, so that a class is given without the mouse.

const fields = [...document.querySelectorAll(".term-table .value")];

fields.forEach((field, place) => {
  field.addEventListener("focus", () => field.select());
  field.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" || event.key === "Enter" ? 1 : 0;
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    fields[place + step]?.focus();
  });
});

// Empty fields take what is proposed; н/а stays the teacher's own act.
const take = document.querySelector("[data-take]");
if (take && fields.some((field) => field.dataset.proposed)) {
  take.hidden = false;
  take.addEventListener("click", () => {
    for (const field of fields) {
      if (!field.value && field.dataset.proposed) field.value = field.dataset.proposed;
    }
    fields[0]?.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
