// The class journal: cells, topics and homework that are saved as one types, and kept on this device until they are.
import { cards, hide } from "./card.js";
import { Debts } from "./debts.js";
import { Grid } from "./grid.js";
import { clipboard } from "./paste.js";
import { Proposals } from "./proposals.js";
import { placeIn, Queue } from "./queue.js";
import { forgetAll } from "./store.js";
import { Table } from "./table.js";
import { Texts } from "./texts.js";
import { touch } from "./touch.js";
import { say } from "./words.js";

const SAID_FOR = 6_000;
const [root, state] = [document.querySelector(".journal"), document.querySelector(".journal-state")];
const table = new Table(root.querySelector(".journal-grid"));
let fading;

const queue = new Queue({ answered, stands });
const texts = new Texts(root, queue);
const grid = new Grid(table, queue, { find, keys, tell, refuse, restore, onwards, debt: (cell) => debts.open(cell) });
const debts = new Debts(table, grid);
const proposals = new Proposals(table);
cards(table);
clipboard(grid, table);
touch(root, table, grid, queue);

// What stands in sight all the time: saving, saved at, kept on this device.
function stands(name, count, at) {
  const words = name === "saved" ? say("saved", { at }) : say(name, { count });
  if (state.dataset.is !== "told") state.textContent = words;
  state.dataset.stands = words;
  state.className = `journal-state is-${name}`;
}

// A sentence at its cell, and where a screen reader hears it; after a while the state comes back.
function tell(sentence, cell) {
  clearTimeout(fading);
  hide();
  state.dataset.is = "told";
  state.textContent = sentence;
  cell?.classList.add("is-told-now");
  fading = setTimeout(() => {
    delete state.dataset.is;
    state.textContent = state.dataset.stands ?? "";
    cell?.classList.remove("is-told-now");
  }, SAID_FOR);
}

// What was typed stays to be seen, marked; Escape brings back what stands.
function refuse(cell, typed, sentence) {
  cell.dataset.stands ??= cell.textContent;
  cell.textContent = typed;
  cell.classList.remove("is-saving");
  cell.classList.add("is-refused");
  cell.title = sentence;
  tell(`${cell.parentElement.cells[0].textContent.trim()}: ${say("refused")}. ${sentence}`, cell);
}

function restore(cell) {
  if (!cell.classList.contains("is-refused")) return;
  cell.classList.remove("is-refused");
  cell.removeAttribute("title");
  table.show(cell, cell.dataset.stands ?? "");
  delete cell.dataset.stands;
}

function answered(change, answer, isNewer) {
  if (change.field) textAnswered(change, answer, isNewer);
  else cellAnswered(change, answer, isNewer);
}

function cellAnswered(change, answer, isNewer) {
  const cell = table.cellOf(change);
  if (answer.status === "conflict") {
    conflict(change, answer, (mine) => {
      if (!cell) return;
      if (mine) cell.dataset.v = answer.versions;
      else table.settle(cell, answer);
      cell.classList.remove("is-saving", "is-conflict");
    });
    cell?.classList.add("is-conflict");
  } else if (!cell) {
    if (answer.status === "refused") tell(`${say("refused")}. ${answer.message}`);
  } else if (answer.needs && !isNewer) {
    askWhy(change, answer, cell);
  } else if (answer.status === "refused") {
    if (!isNewer) refuse(cell, change.text, answer.message);
  } else {
    if (isNewer) cell.dataset.v = answer.versions;
    else if (!cell.querySelector("input")) {
      cell.classList.remove("is-saving", "is-refused");
      cell.classList.add("is-saved");
      table.settle(cell, answer);
    } else cell.dataset.v = answer.versions;
    cell.removeAttribute("title");
    proposals.soon();
    if (!isNewer && !change.kind) debts.offer(cell);
    if (isNewer) cell.dataset.stands = answer.text;
    else delete cell.dataset.stands;
  }
}

function textAnswered(change, answer, isNewer) {
  const one = texts.of(change);
  if (answer.status === "conflict") {
    conflict(change, answer, (mine) => {
      if (one) one.was = answer.text;
      if (one && !mine) [one.area.value, one.shown.textContent, one.sent] = [answer.text, answer.text, answer.text];
    });
  } else if (answer.status === "refused") {
    one?.area.classList.add("is-invalid");
    if (one) one.sent = undefined;
    tell(`${say("refused")}. ${answer.message}`);
  } else if (one) texts.settle(one, answer.text, isNewer);
}

// The lesson is old, or the term mark another than proposed: why? One reason serves for the cells that wait for one, and is offered again.
const unexplained = [];
function askWhy(change, answer, cell) {
  unexplained.push([change, answer, cell]);
  const dialog = document.querySelector("#journal-reason");
  if (dialog.open) return;
  const field = dialog.querySelector("input");
  dialog.querySelector("h2").textContent = say(answer.needs === "reason" ? "whyOtherwise" : "whyChanged");
  dialog.querySelector(".journal-told").textContent = answer.message;
  dialog.querySelector("[data-leave]").onclick = () => dialog.close("");
  dialog.querySelector("form").onsubmit = (event) => {
    event.preventDefault();
    if (field.value.trim()) dialog.close("why");
  };
  dialog.onclose = () => {
    for (const [one, its, where] of unexplained.splice(0)) {
      const name = its.needs === "reason" ? "reason" : "why";
      if (dialog.returnValue === "why") queue.put(placeIn(one), one.text, one.was, { ...one.reasons, [name]: field.value.trim() });
      else refuse(where, one.text, its.message);
    }
    grid.focus(cell);
  };
  dialog.returnValue = "";
  dialog.showModal();
}

// Both values, and who was first; one after another where there are several.
const waiting = [];
function conflict(change, answer, end) {
  waiting.push([change, answer, end]);
  if (waiting.length === 1) ask();
}

function ask() {
  const [change, answer, end] = waiting[0];
  const dialog = document.querySelector("#journal-conflict");
  const mine = change.next ?? change.text;
  const cell = table.cellOf(change);
  const name = cell ? `${cell.parentElement.cells[0].textContent.trim()}: ` : "";
  const figures = { who: answer.who, when: answer.when, theirs: answer.text || say("emptied"), mine: mine || say("emptied") };
  dialog.querySelector(".journal-told").textContent = name + say(answer.who ? "conflict" : "conflictNobody", figures);
  for (const button of dialog.querySelectorAll("[data-take]")) {
    button.querySelector("b").textContent = button.dataset.take === "mine" ? figures.mine : figures.theirs;
    button.onclick = () => dialog.close(button.dataset.take);
  }
  dialog.onclose = () => {
    const isMine = dialog.returnValue === "mine";
    if (isMine) queue.insist(change, change.field ? answer.text : answer.versions);
    else queue.forget(change);
    end(isMine);
    waiting.shift();
    if (waiting.length) ask();
    else if (cell) grid.focus(cell);
  };
  dialog.oncancel = (event) => event.preventDefault(); // one of the two is chosen
  dialog.returnValue = "";
  dialog.showModal();
}

// From a cell on to the topic of its lesson; undefined where the page has none, and Tab goes its usual way.
function onwards(cell) {
  const field = texts.of({ lesson: table.columnOf(cell).lesson, field: "topic" })?.area;
  return field && (() => field.focus());
}

function keys() {
  const dialog = document.querySelector("#journal-keys");
  for (const choice of dialog.querySelectorAll("[name=moves]")) {
    choice.checked = choice.value === grid.moves;
    choice.onchange = () => { grid.moves = choice.value; };
  }
  dialog.showModal();
}

function find() {
  const dialog = document.querySelector("#journal-find");
  const [form, field, told] = [dialog.querySelector("form"), dialog.querySelector("input"), dialog.querySelector(".journal-told")];
  field.value = told.textContent = "";
  form.onsubmit = (event) => {
    event.preventDefault();
    found = grid.find(field.value) ?? found;
    if (found === from) told.textContent = say("nobody");
    else dialog.close();
  };
  const from = grid.active;
  let found = from; // the browser itself goes back to where the focus was
  dialog.onclose = () => grid.focus(found);
  dialog.showModal();
}

for (const button of root.querySelectorAll("[data-journal-keys]")) {
  button.hidden = false;
  button.addEventListener("click", keys);
}

// The menu of a column, in a dialog; with Ctrl or without script it is a page of its own.
root.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-column], .col-lesson a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const dialog = document.querySelector("#journal-column");
  const address = link.matches("[data-column]") ? link.href : `${link.href}/column`;
  try {
    const answer = await fetch(address, { redirect: "manual" });
    const menu = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".column-menu");
    if (!menu) throw new Error(answer.statusText);
    const close = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-outline-secondary", textContent: document.querySelector("#journal-keys form button").textContent });
    close.addEventListener("click", () => dialog.close());
    dialog.replaceChildren(menu, close);
    dialog.showModal();
  } catch {
    location.assign(link.href);
  }
});

// What an earlier page could not send.
queue.load().then((changes) => {
  for (const change of changes) {
    const cell = change.student && table.cellOf(change);
    const text = change.next ?? change.text;
    if (cell) {
      table.show(cell, table.read(cell, text)?.text ?? text);
      cell.classList.add("is-saving");
    } else if (change.field) {
      const one = texts.of(change);
      if (one) [one.area.value, one.sent] = [text, text];
    }
  }
});

document.addEventListener("visibilitychange", () => document.hidden && texts.saveAll());
window.addEventListener("pagehide", () => texts.saveAll());

// Signing out leaves nothing behind on this device.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[action='/logout/']");
  if (!form || form.dataset.isEmptied) return;
  event.preventDefault();
  texts.saveAll();
  if (queue.count) await queue.send();
  if (queue.count && !confirm(say("unsent", { count: queue.count }))) return;
  await forgetAll();
  form.dataset.isEmptied = "yes";
  form.submit();
});

const begin = table.table.querySelector("thead [data-lesson].is-today") ?? table.table.querySelector(`thead [data-lesson="${table.table.dataset.begin}"]`);
const scroll = root.querySelector(".journal-scroll");
if (begin && scroll) scroll.scrollLeft = Math.max(0, begin.offsetLeft - scroll.clientWidth / 2);
if (grid.active && scroll && matchMedia("(min-width: 45rem)").matches && !location.hash) grid.active.focus({ preventScroll: true });
// On a phone the lessons are a list: it begins where the grid would.
if (scroll && !scroll.offsetParent) root.querySelector(".is-begin")?.scrollIntoView({ block: "center" });
