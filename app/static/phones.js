// Keeps the phones fresh: looks every two seconds while the page is seen, and leaves scroll and typed text alone.
const place = document.getElementById("phones");
const PAUSE = 2000;
const NEAR_END = 48;

const textsOf = (screen) => screen.querySelector(".phone-texts");
const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END;

function toEnd(list) {
  if (list) list.scrollTop = list.scrollHeight;
}

function isInUse(screen) {
  return screen.contains(document.activeElement) || Boolean(screen.querySelector("[name=text]")?.value);
}

// What is the same stays in its place, so that a screen reader says only what is new.
function mergeList(list, fresh) {
  const arrived = [...fresh.children];
  let same = 0;
  while (same < arrived.length && same < list.children.length && list.children[same].isEqualNode(arrived[same])) same += 1;
  while (list.children.length > same) list.lastElementChild.remove();
  list.append(...arrived.slice(same));
}

function mergeBook(book, fresh) {
  const focused = book.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  mergeList(book, fresh);
  if (focused) book.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function mergeScreen(screen, fresh) {
  const [was, now] = [textsOf(screen), textsOf(fresh)];
  if (was && now && screen.dataset.phone === fresh.dataset.phone) {
    const follow = isAtEnd(was);
    mergeList(was, now);
    if (follow) toEnd(was);
  } else if (!isInUse(screen) && !screen.isEqualNode(fresh)) {
    screen.replaceWith(fresh);
    toEnd(textsOf(fresh));
  }
}

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(place.dataset.screens, { credentials: "same-origin" });
      if (answer.redirected) location.reload();
      else if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        mergeBook(document.getElementById("phone-book"), fresh.getElementById("phone-book"));
        mergeScreen(document.getElementById("phone-screen"), fresh.getElementById("phone-screen"));
      }
    } catch {
      // away for the moment: the next look may find it
    }
  }
  setTimeout(look, PAUSE);
}

toEnd(textsOf(document.getElementById("phone-screen")));
setTimeout(look, PAUSE);
