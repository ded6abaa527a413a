// What a person prefers in this browser, such as single keys: cookies, since signing out empties every other store.
const A_YEAR = 365 * 86_400;

export const preferred = (name) =>
  document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

export function prefer(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${A_YEAR}; samesite=lax`;
}
