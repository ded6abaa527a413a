// The way of a change to the server: one waits for each place (a cell, a topic), the newest text wins, and what was sent
// and not answered is sent again under the same key, so that it is carried out once.
import { drop, keep, keptBy } from "./store.js";
import { who } from "./words.js";

const [SOON, AT_ONCE, LONGEST_PAUSE, PATIENCE] = [80, 25, 30_000, 15_000];

export class Queue {
  // hears: { answered(change, answer), stands(state, count, at) }
  constructor(hears) {
    [this.hears, this.changes, this.pause, this.isSending, this.state, this.at] = [hears, new Map(), 1_000, false, "", ""];
    this.token = document.querySelector("input[name=csrf_token]")?.value ?? "";
    window.addEventListener("online", () => this.soon(0));
    // The idle lock covers the page by a class; what waits goes on when it is taken off.
    new MutationObserver(() => this.count && !document.documentElement.classList.contains("is-locked") && this.soon(0)).observe(
      document.documentElement,
      { attributeFilter: ["class"] },
    );
  }

  get count() {
    return this.changes.size;
  }

  // What an earlier page left on this device.
  async load() {
    for (const change of await keptBy(who)) {
      if (!this.changes.has(change.id)) this.changes.set(change.id, change);
    }
    if (this.count) this.soon(0);
    return [...this.changes.values()];
  }

  // place: { lesson, student }, { lesson, field } or { term, subject, kind, student }; `was` is what the page knew to stand
  // there. `reasons` are asked for where the lesson is old, or the term mark another than proposed; they stay in this page,
  // and are not kept on the device.
  put(place, text, was, reasons) {
    const id = `${who}:${place.kind ? [place.term, place.subject, place.kind].join(".") : place.lesson}:${place.student ?? place.field}`;
    const waiting = this.changes.get(id);
    if (waiting?.wasTried) waiting.next = text; // nobody knows yet whether it has arrived
    else if (waiting) Object.assign(waiting, { text, reasons, key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` });
    else this.changes.set(id, { id, who, ...place, text, was, reasons, at: Date.now(), key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` });
    const change = this.changes.get(id);
    change.isHeld = false;
    keep(plain(change));
    this.tell("saving");
    this.soon(SOON);
  }

  // After a conflict: write it all the same, over what stands now; or leave what stands.
  insist(change, versions) {
    this.changes.delete(change.id);
    drop(change.id);
    this.put(placeIn(change), change.next ?? change.text, versions, change.reasons);
  }

  forget(change) {
    this.changes.delete(change.id);
    drop(change.id);
    this.tell(this.count ? this.state : "saved");
  }

  soon(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), wait);
  }

  async send() {
    if (this.isSending) return;
    const batch = [...this.changes.values()].filter((one) => !one.isHeld).slice(0, AT_ONCE);
    if (!batch.length) return;
    this.isSending = true;
    this.tell("saving");
    for (const change of batch) change.wasTried = true;
    await Promise.all(batch.map((change) => keep(plain(change)))); // known as tried before it leaves
    const trouble = await this.post(batch);
    this.isSending = false;
    if (trouble) {
      this.pause = trouble === "saving" ? 0 : Math.min(this.pause * 2, LONGEST_PAUSE);
      this.tell(trouble);
      this.soon(trouble === "locked" ? 2_000 : this.pause);
    } else {
      this.pause = 1_000;
      const waits = [...this.changes.values()].some((one) => !one.isHeld);
      this.tell(waits ? "saving" : "saved");
      if (waits) this.soon(0);
    }
  }

  // What is in the way, as the state that is shown; nothing where all was answered.
  async post(batch) {
    const changes = batch.map((change) => ({ ...placeIn(change), text: change.text, was: change.was, key: change.key, ...change.reasons }));
    let answer;
    try {
      answer = await fetch("/journal/cells", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
        body: JSON.stringify({ who, changes }),
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch {
      return "kept";
    }
    if (answer.ok) {
      try {
        const { answers, at } = await answer.json();
        this.at = at;
        batch.forEach((change, place) => answers[place].status === "later" || this.hear(change, answers[place]));
        return answers.some(({ status }) => status === "later") ? "kept" : "";
      } catch {
        return "kept";
      }
    }
    if (answer.status === 423) return "locked";
    if (answer.status === 409) return "other";
    return answer.type === "opaqueredirect" || answer.status === 400 ? this.whoIsThere() : "kept";
  }

  // Signed out, or the page is older than its session: a new sign-in by the same person has a new token.
  async whoIsThere() {
    try {
      const answer = await fetch("/journal/state", { redirect: "manual" });
      if (answer.status === 423) return "locked";
      if (!answer.ok) return "out";
      const there = await answer.json();
      if (there.who !== who) return "other";
      if (there.token === this.token) return "kept";
      this.token = there.token;
      for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = there.token;
      return "saving"; // again at once, with the new one
    } catch {
      return "kept";
    }
  }

  hear(change, answer) {
    const next = change.next;
    if (answer.status === "conflict") change.isHeld = true;
    else {
      this.changes.delete(change.id);
      if (next === undefined) drop(change.id);
      else {
        this.put(placeIn(change), next, answer.status === "saved" ? answer.versions : change.was);
      }
    }
    this.hears.answered(change, answer, next !== undefined);
  }

  tell(state) {
    this.state = state;
    this.hears.stands(state, this.count, this.at);
  }
}

const plain = ({ isHeld, reasons, ...change }) => change;

// Where a change belongs, as the server knows it.
export function placeIn({ lesson, student, field, term, subject, kind }) {
  if (kind) return { term, subject, kind, student };
  return field ? { lesson, field } : { lesson, student };
}
