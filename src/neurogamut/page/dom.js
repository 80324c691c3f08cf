// Elements, built in one expression. Styles are never written inline: the page forbids it (CSP).

/** An element with attributes (`on…` are listeners; false and null are left out) and children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...present(children));
  return element;
}

/** Put children into an element, in place of what it held. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

function present(children) {
  return children.flat(2).filter((child) => child != null && child !== false && child !== "");
}

/** Text for screen readers only. */
export function hidden(text) {
  return h("span", { class: "ng-hidden" }, text);
}

/** A bar on a track from `low` to `high`, both shares of its width. */
export function bar(low, high, kind = "") {
  const made = h("span", { class: `ng-bar ${kind}` });
  place(made, low, high);
  return made;
}

/** Move a positioned element to a share of its parent's width. */
export function place(element, low, high) {
  element.style.left = `${100 * low}%`;
  element.style.width = `${100 * Math.max(high - low, 0)}%`;
}

let count = 0;

/** An id that no other element has. */
export function unique(stem) {
  count += 1;
  return `ng-${stem}-${count}`;
}

/** Do some work; where it takes away what has the keyboard, `element` gets it. */
export function keepingFocus(element, work) {
  const focused = element.getRootNode().activeElement;
  work();
  if (focused && !focused.isConnected) element.focus({ preventScroll: true });
}
