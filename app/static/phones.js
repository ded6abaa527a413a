// Keeps the phones fresh: looks every two seconds while the page is seen, and leaves alone what one is typing.
const place = document.getElementById("phones");
const PAUSE = 2000;

function toEnd(list) {
  list.scrollTop = list.scrollHeight;
}

function merge(fresh) {
  const known = new Map([...place.querySelectorAll(".phone")].map((phone) => [phone.dataset.phone, phone]));
  const arrived = [...fresh.querySelectorAll(".phone")];
  if (arrived.length === 0 || known.size === 0) {
    if (place.textContent.trim() !== fresh.body.textContent.trim()) place.replaceChildren(...fresh.body.childNodes);
    return;
  }
  const typing = place.contains(document.activeElement) || [...place.querySelectorAll("input[name=text]")].some((input) => input.value);
  for (const phone of arrived) {
    const old = known.get(phone.dataset.phone);
    if (!old) {
      if (!typing) place.prepend(phone);
      continue;
    }
    const was = old.querySelector(".phone-texts");
    const now = phone.querySelector(".phone-texts");
    if (was.innerHTML !== now.innerHTML) {
      was.replaceChildren(...now.childNodes);
      toEnd(was);
    }
  }
  if (!typing) for (const phone of arrived.reverse()) place.prepend(place.querySelector(`[data-phone="${phone.dataset.phone}"]`));
}

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(place.dataset.screens, { credentials: "same-origin" });
      if (answer.redirected) location.reload();
      else if (answer.ok) merge(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // away for the moment: the next look may find it
    }
  }
  setTimeout(look, PAUSE);
}

for (const list of place.querySelectorAll(".phone-texts")) toEnd(list);
setTimeout(look, PAUSE);
