// Keeps “who was reached” fresh: looks every five seconds while the page is seen; what is unfolded stays unfolded.
const place = document.getElementById("reached");
const PAUSE = 5000;

function replace(was, now) {
  const open = new Set([...was.querySelectorAll("details[open]")].map((one) => one.id));
  was.replaceChildren(...now.childNodes);
  for (const one of was.querySelectorAll("details")) one.open = open.has(one.id);
}

function same(was, now) {
  const bare = was.cloneNode(true);
  for (const one of bare.querySelectorAll("details[open]")) one.removeAttribute("open");
  return bare.innerHTML === now.innerHTML;
}

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(place.dataset.source, { credentials: "same-origin" });
      if (answer.redirected) location.reload();
      else if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const now of fresh.querySelectorAll("[data-part]")) {
          const was = place.querySelector(`[data-part="${now.dataset.part}"]`);
          if (was && !same(was, now) && !was.contains(document.activeElement)) replace(was, now);
        }
      }
    } catch {
      // away for the moment: the next look may find it
    }
  }
  setTimeout(look, PAUSE);
}

setTimeout(look, PAUSE);
