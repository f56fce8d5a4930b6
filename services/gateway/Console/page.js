// The page's elements, made and filled. Data becomes text and never markup.

export const byId = (id) => document.getElementById(id);

/** element("td", { class: "number" }, "12 ms") */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

export const show = (id, isShown) => { byId(id).hidden = !isShown; };

/** A problem in its place, or none. */
export function showProblem(id, message) {
  byId(id).textContent = message ?? "";
  show(id, Boolean(message));
}

/** For those who do not see that the page has changed. */
export const say = (text) => { byId("said").textContent = text; };

/** A state as a word and a colour. */
export function state(text, kind) {
  return element("span", { class: `state ${kind}` }, text);
}
