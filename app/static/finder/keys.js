// Single keys: / to the search, n adds, e edits, ? shows them. They are off while one types, and may be switched off.

// A cookie, since signing out empties the browser's storage.
const OFF = "single-keys=off";
const KEPT = "path=/; max-age=31536000; samesite=lax";
const dialog = document.querySelector("#keys");
const tick = dialog?.querySelector("[data-single]");
const areOn = () => !document.cookie.split("; ").includes(OFF);
const TYPED_IN = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable], [role=grid] *, [role=grid]";

const show = () => {
  if (document.querySelector("dialog[open]")) return;
  tick.checked = areOn();
  dialog.showModal();
};

// By the sign, else by the place of the key: “n” and “/” are other letters on a Russian keyboard.
const meant = ({ key, code, shiftKey }) => {
  if (key === "?" || (code === "Slash" && shiftKey) || (key === "," && code === "Digit7" && shiftKey)) return "?";
  if (key === "/" || (code === "Slash" && !shiftKey)) return "/";
  if (code === "KeyN" && !shiftKey) return "n";
  return code === "KeyE" && !shiftKey ? "e" : "";
};

const act = (key) => {
  if (key === "?") return show();
  if (key !== "/") return document.querySelector(`a[data-key="${key}"]`)?.click();
  const search = document.querySelector("main [type=search]");
  search?.focus();
  search?.select();
};

if (dialog) {
  tick.addEventListener("change", () => {
    document.cookie = tick.checked ? `${OFF}; path=/; max-age=0; samesite=lax` : `${OFF}; ${KEPT}`;
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  for (const link of document.querySelectorAll("[data-keys]")) {
    link.hidden = false;
    link.addEventListener("click", show);
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !areOn()) return;
    if (event.target.closest(TYPED_IN) || document.querySelector("dialog[open]")) return;
    const key = meant(event);
    if (!key) return;
    event.preventDefault();
    act(key);
  });
}
