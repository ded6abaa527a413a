// On a narrow screen the tabs are a row that is pushed sideways: the present one is in sight.
const tabs = document.querySelector(".console-tabs");
const present = tabs?.querySelector("[aria-current]");
if (present) tabs.scrollLeft = present.offsetLeft - tabs.offsetLeft - 16;
