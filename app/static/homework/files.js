// A file that is too large is told before it is sent, so that nothing typed is lost to it.
const WHOLE = 50 * 2 ** 20;

document.addEventListener("change", (event) => {
  const input = event.target.closest("input[type=file][data-largest]");
  if (!input) return;
  const { largest, most, tooLarge, tooMany, whole } = input.dataset;
  const files = [...input.files];
  const large = files.find((file) => file.size > Number(largest));
  const together = files.reduce((sum, file) => sum + file.size, 0);
  let said = "";
  if (large) said = tooLarge.replace("{name}", large.name);
  else if (files.length > Number(most)) said = tooMany;
  else if (together > WHOLE) said = whole;
  input.setCustomValidity(said);
  input.toggleAttribute("aria-invalid", Boolean(said));
  input.closest(".files-field").querySelector(".field-error p").textContent = said;
});
