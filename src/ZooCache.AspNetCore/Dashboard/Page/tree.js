// The tree of tags, as the pattern of WAI-ARIA has it: one item takes the focus; arrows move it, open and close; Enter or Space chooses; letters find.

const tree = at('tree');
const items = new Map();
let focused = null;

function treeItem({ tag, entries, bytes: size }, level) {
  const item = { tag, level, children: [], isOpen: false, isLeaf: false, parent: null };
  item.group = make('ul', { role: 'group', hidden: true });
  item.row = make('div', { class: 'row' }, make('span', { class: 'twist' }), make('span', { class: 'name' }, tag === everything ? 'Everything' : segment(tag)), make('span', { class: 'n' }), make('span', { class: 'n' }));
  item.row.style.setProperty('--level', level - 1);
  item.element = make('li', { role: 'treeitem', 'aria-level': level, 'aria-expanded': 'false', 'aria-selected': 'false', tabindex: '-1' }, item.row, item.group);
  item.row.addEventListener('click', () => {
    focusOn(item);
    inspectTag(tag, false);
    toggle(item);
  });
  items.set(item.element, item);
  tell(item, entries, size);
  return item;
}

function tell(item, entries, size) {
  write(item.row.children[2], count(entries));
  write(item.row.children[3], bytes(size));
  mark(item.element, 'aria-label', `${item.tag === everything ? 'Everything' : segment(item.tag)}, ${plural(entries, 'entry', 'entries')}, ${bytes(size)}`);
}

async function open(item) {
  if (item.isOpen || item.isLeaf) return;
  try {
    await load(item);
  } catch (trouble) {
    say(trouble.message);
  }
}

// Children that are there stay open.
async function load(item) {
  const view = await inspect(item.tag);
  tell(item, view.entries, view.bytes);
  const known = new Map(item.children.map(c => [c.tag, c]));
  item.children = view.below.map(b => known.get(b.tag) ?? Object.assign(treeItem(b, item.level + 1), { parent: item }));
  view.below.forEach((b, i) => {
    tell(item.children[i], b.entries, b.bytes);
    mark(item.children[i].element, 'aria-setsize', view.below.length + view.more);
    mark(item.children[i].element, 'aria-posinset', i + 1);
  });
  item.isLeaf = item.children.length === 0;
  item.isOpen = !item.isLeaf;
  const hadFocus = item.group.contains(document.activeElement);
  item.group.replaceChildren(...item.children.map(c => c.element));
  if (view.more > 0) item.group.append(make('li', { role: 'none', class: 'more' }, `and ${count(view.more)} more: inspect them by their names`));
  showOpen(item);
  if (hadFocus) focusOn(item.group.contains(focused?.element) ? focused : item);
  await Promise.all(item.children.filter(c => c.isOpen).map(load));
}

function close(item) {
  item.isOpen = false;
  if (focused !== item && item.element.contains(focused?.element)) focusOn(item);
  showOpen(item);
}

function showOpen(item) {
  item.group.hidden = !item.isOpen;
  mark(item.element, 'aria-expanded', item.isLeaf ? null : item.isOpen);
}

const toggle = item => item.isOpen ? close(item) : open(item);

function focusOn(item) {
  if (focused) focused.element.tabIndex = -1;
  focused = item;
  item.element.tabIndex = 0;
  item.element.focus();
}

function showChosen() {
  for (const item of items.values()) mark(item.element, 'aria-selected', item.tag === chosen);
}

// In the order in which they stand.
const visible = () => [...tree.querySelectorAll('[role=treeitem]')].filter(e => !e.closest('ul[hidden]')).map(e => items.get(e));

tree.addEventListener('keydown', event => {
  const item = focused;
  if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
  const all = visible(), index = all.indexOf(item);
  const to = next => next && focusOn(next);
  const actions = {
    ArrowDown: () => to(all[index + 1]), ArrowUp: () => to(all[index - 1]), Home: () => to(all[0]), End: () => to(all.at(-1)),
    ArrowRight: () => item.isOpen ? to(item.children[0]) : open(item),
    ArrowLeft: () => item.isOpen ? close(item) : to(item.parent),
    Enter: () => inspectTag(item.tag, false), ' ': () => inspectTag(item.tag, false),
    '*': () => (item.parent?.children ?? [item]).forEach(open),
  };
  const find = letter => to([...all.slice(index + 1), ...all.slice(0, index)].find(i => segment(i.tag).toLowerCase().startsWith(letter.toLowerCase())));
  if (actions[event.key]) actions[event.key]();
  else if (event.key.length === 1) find(event.key);
  else return;
  event.preventDefault();
});

let root = null;

async function refreshTree() {
  if (!root) {
    root = treeItem({ tag: everything, entries: 0, bytes: 0 }, 1);
    root.element.tabIndex = 0;
    focused = root;
    tree.append(root.element);
  }
  root.isLeaf = false;
  await load(root);
  for (const element of items.keys()) if (!element.isConnected) items.delete(element);
  showChosen();
}

const refreshAll = () => Promise.all([refreshTree(), chosen === null ? inspectTag(everything, false) : inspectTag(chosen, false)]).catch(trouble => say(trouble.message));

at('refresh').addEventListener('click', refreshAll);
const firstLook = new IntersectionObserver(async ([entry]) => {
  if (!entry.isIntersecting) return;
  firstLook.disconnect();
  await refreshAll();
}, { rootMargin: '200px' });
firstLook.observe(at('explorer'));
