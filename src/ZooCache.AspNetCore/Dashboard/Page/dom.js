// What a node tells is text and stays it: nothing here makes markup of a string, and the page's policy would not let it.

const at = id => document.getElementById(id);

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter(c => c !== null && c !== undefined));
  return element;
}

function draw(name, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes ?? {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Only what changes is written, so that a selection and a screen reader are left alone.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function mark(element, name, value) {
  if (value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

// For those who can't see what has happened.
function say(text) {
  at('said').textContent = text;
}

// Has one child for each item, in their order; those that are there stay, and so does the focus.
function arrange(parent, items, keyOf, create, update) {
  const focus = document.activeElement;
  const there = new Map([...parent.children].map(c => [c.dataset.key, c]));
  const wanted = items.map(item => {
    const key = String(keyOf(item));
    const element = there.get(key) ?? create(item);
    element.dataset.key = key;
    there.delete(key);
    update?.(element, item);
    return element;
  });
  there.forEach(c => c.remove());
  wanted.forEach((element, index) => {
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
  });
  if (focus !== document.activeElement && parent.contains(focus)) focus.focus({ preventScroll: true });
}
