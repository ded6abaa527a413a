// The progress of an import: asked for again and again, until the step is done; then the page is read anew.

const EVERY = 1500; // milliseconds
const panel = document.querySelector("[data-progress]");

async function look() {
  let told = null;
  try {
    const answer = await fetch(panel.dataset.progress, { headers: { Accept: "application/json" } });
    told = answer.ok ? await answer.json() : null;
  } catch {
    // no connection: asked again
  }
  if (told && !told.is_under_way) {
    location.reload();
    return;
  }
  if (told) show(told);
  setTimeout(look, EVERY);
}

function show(told) {
  const bar = panel.querySelector("progress");
  if (told.total) {
    bar.max = told.total;
    bar.value = told.done;
  }
  const words = panel.querySelector("[role=status]");
  if (words.textContent !== told.words) words.textContent = told.words;
}

if (panel) setTimeout(look, EVERY);
