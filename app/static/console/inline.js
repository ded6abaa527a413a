// A line that was changed and is not saved yet is marked as such.
for (const form of document.querySelectorAll("[data-inline]")) {
  form.addEventListener("input", () => {
    const changed = [...form.querySelectorAll("input[type=number]")].some((input) => input.value !== input.defaultValue);
    form.classList.toggle("is-changed", changed);
  });
}
