// What a cell takes, as app/domain/journal_cells.py reads it; the server has the last word.
import { isNumber } from "./averages.js";
import { scale } from "./words.js";

export const LETTERS = { н: "absent", б: "ill", у: "excused", о: "late" };
const TWINS = { h: "н", n: "н", b: "б", y: "у", u: "у", o: "о", п: "у" };
// Where the letters lie on a Russian keyboard, whatever layout is switched on.
const PLACES = { KeyY: "н", Comma: "б", KeyE: "у", KeyJ: "о" };
const MOST_MARKS = 4;
export const DOT = ".";

const folded = (text) => text.toLocaleLowerCase("ru");

// The letter of an absence that a key means; undefined for all others.
export function letterOf({ key, code, shiftKey }) {
  const sign = folded(key);
  if (LETTERS[sign]) return sign;
  if (PLACES[code] && !(shiftKey && code === "Comma") && !/^[а-яё]$/.test(sign)) return PLACES[code];
  return /^[a-zп]$/.test(sign) ? TWINS[sign] : undefined;
}

// Whether the key means the dot of a debt: as a sign of either layout, and where a Latin keyboard has it.
export const isDot = ({ key, code }) => key === DOT || code === "NumpadDecimal" || folded(key) === "ю";

// Whether a digit is a whole mark by itself: no longer one begins with it.
export const isWhole = (digit) => scale.highest < 10 && digit >= scale.lowest && digit <= scale.highest;

// Whether a sign may begin something that the scale takes: a longer number, or a word such as зч.
export const mayBegin = (sign) =>
  isNumber(sign) ? scale.highest >= 10 : scale.words.some((word) => folded(word).startsWith(folded(sign)));

function first(rest) {
  for (const word of [...scale.words].sort((one, other) => other.length - one.length)) {
    if (folded(rest) === folded(word) || folded(rest).startsWith(`${folded(word)}/`)) return [word, rest.slice(word.length + 1), true];
  }
  const place = rest.indexOf("/");
  return place < 0 ? [rest, "", false] : [rest.slice(0, place), rest.slice(place + 1), false];
}

// A term mark as it will stand: { text }; null where it is none.
export function readTermMark(typed) {
  const text = typed.trim();
  const word = scale.words.find((one) => folded(one) === folded(text));
  const isMark = isNumber(text) && text.length <= 3 && Number(text) >= scale.lowest && Number(text) <= scale.highest;
  return word || !text ? { text: word ?? "" } : isMark ? { text: String(Number(text)) } : null;
}

// The cell as it will stand: { text, marks, letter, dot }; null where it is none.
export function readCell(typed) {
  const marks = [];
  let letter = "";
  let dot = "";
  for (const part of typed.trim().split(/[\s,;]+/)) {
    let rest = part;
    if (part.endsWith(DOT) && !scale.words.includes(part)) [dot, rest] = [DOT, part.slice(0, -1)];
    while (rest) {
      const [one, left, isWord] = first(rest);
      rest = left;
      const meant = TWINS[folded(one)] ?? folded(one);
      if (isWord) marks.push(one);
      else if (LETTERS[meant]) {
        if (letter && letter !== meant) return null;
        letter = meant;
      } else if (isNumber(one) && one.length <= 3 && Number(one) >= scale.lowest && Number(one) <= scale.highest) marks.push(String(Number(one)));
      else return null;
    }
  }
  if (marks.length > MOST_MARKS) return null;
  return { text: [marks.join("/"), letter, dot].filter(Boolean).join(" "), marks, letter, dot };
}

// Marks of a cell's text with what each weighs: its own weights where they are told, else its column's.
export function weighed(text, weights, ofColumn) {
  const cell = readCell(text);
  const own = weights ? weights.split(",").map(Number) : [];
  const numbers = (cell?.marks ?? []).filter(isNumber);
  return numbers.map((value, place) => [value, own.length === numbers.length ? own[place] : ofColumn]);
}

// What a key makes of a cell with a dot: a mark is the one that was owed, and a letter leaves the debt.
export function over(stands, typed) {
  const cell = readCell(stands);
  if (!cell?.dot) return typed;
  return LETTERS[typed] ? `${typed} ${DOT}` : [[...cell.marks, typed].join("/"), cell.letter].filter(Boolean).join(" ");
}
