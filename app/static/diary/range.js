// A range of days by two taps in the calendar: the first and the last day. The date fields hold what counts.

const first = document.querySelector("#begins_on");
const last = document.querySelector("#ends_on");
const days = [...document.querySelectorAll("[data-range] [data-day]")];
let isSecond = false;

const show = () => {
  const end = last.value || first.value;
  for (const day of days) {
    day.setAttribute("aria-pressed", String(first.value !== "" && day.dataset.day >= first.value && day.dataset.day <= end));
  }
};

for (const day of days) {
  day.addEventListener("click", () => {
    const chosen = day.dataset.day;
    if (isSecond && chosen >= first.value) last.value = chosen;
    else [first.value, last.value] = [chosen, chosen];
    isSecond = !(isSecond && chosen >= first.value && last.value === chosen && first.value !== chosen);
    show();
  });
}
for (const field of [first, last]) field?.addEventListener("change", show);
if (first) show();
