// The same as app/domain/averages.py, in the same whole numbers: a half goes upwards at the second place.
const HUNDRED = 100;

const quotient = (above, below) => Math.floor((2 * HUNDRED * above + below) / (2 * below));

export const isNumber = (value) => /^[0-9]+$/.test(value);

// marks: [value, weight in hundredths]; a mark that does not count weighs 0. The means are whole hundredths.
export function averages(marks) {
  const counted = marks.filter(([value, weight]) => isNumber(value) && weight).map(([value, weight]) => [Number(value), weight]);
  if (!counted.length) return { count: 0, mean: null, weighted: null };
  const sum = (figures) => figures.reduce((all, one) => all + one, 0);
  return {
    count: counted.length,
    mean: quotient(sum(counted.map(([value]) => value)), counted.length),
    weighted: quotient(sum(counted.map(([value, weight]) => value * weight)), sum(counted.map(([, weight]) => weight))),
  };
}

// 450 → "4,50".
export const written = (hundredths, comma) =>
  hundredths === null ? "" : `${Math.floor(hundredths / HUNDRED)}${comma}${String(hundredths % HUNDRED).padStart(2, "0")}`;
