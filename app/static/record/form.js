// A form: asks before what was typed is lost; “save and next” goes down the list from which one came.

const form = document.querySelector("form[data-guard]");

if (form) {
  let changed = "changed" in form.dataset;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("change", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });

  const { row, record } = form.dataset;
  const keys = (sessionStorage.getItem(`rows of ${record}`) ?? "").split(" ");
  const following = row && keys.includes(row) ? keys[keys.indexOf(row) + 1] : undefined;
  const button = form.querySelector("[data-next]");
  if (button && following) {
    const next = document.createElement("input");
    Object.assign(next, { type: "hidden", name: "next", value: following });
    form.append(next);
    button.hidden = false;
  }
}
