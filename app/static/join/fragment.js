// A secret that came in the fragment of a link goes into its field, and out of the address: it was never sent anywhere.
const field = document.querySelector("[data-fragment]");
const KEPT = "join-code"; // for who goes to sign in first, in this tab only

const came = decodeURIComponent(location.hash.slice(1));
if (field && came) {
  field.value = came;
  history.replaceState(null, "", location.pathname);
  for (const told of document.querySelectorAll("[data-without-fragment]")) told.hidden = true;
} else if (field && field.name === "code" && !field.value) {
  field.value = sessionStorage.getItem(KEPT) ?? "";
  sessionStorage.removeItem(KEPT);
}

const keeps = document.querySelector("[data-keep-code]");
keeps?.addEventListener("click", () => sessionStorage.setItem(KEPT, keeps.dataset.keepCode));
