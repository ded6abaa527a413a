// Keeps the front page fresh: looks every five seconds while it is seen; a section in which the focus is stays as it is.
const place = document.getElementById("figures");
const PAUSE = 5000;

function merge(fresh) {
  for (const now of fresh.querySelectorAll("[data-part]")) {
    const was = place.querySelector(`[data-part="${now.dataset.part}"]`);
    if (!was || was.innerHTML === now.innerHTML || was.contains(document.activeElement)) continue;
    was.replaceChildren(...now.childNodes);
  }
}

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(place.dataset.source, { credentials: "same-origin" });
      if (answer.redirected) location.reload();
      else if (answer.ok) merge(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // away for the moment: the next look may find it
    }
  }
  setTimeout(look, PAUSE);
}

setTimeout(look, PAUSE);
