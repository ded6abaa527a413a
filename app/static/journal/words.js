// What the page says and takes: words in the reader's language, the scale, who is signed in. They stand in a template.
const told = document.querySelector("#journal").dataset;

export const who = Number(told.who);
export const scale = {
  lowest: Number(told.lowest),
  highest: Number(told.highest),
  words: told.words.split(" ").filter(Boolean),
};
export const comma = told.comma;

export const say = (name, figures = {}) =>
  (told[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => figures[key] ?? whole);
