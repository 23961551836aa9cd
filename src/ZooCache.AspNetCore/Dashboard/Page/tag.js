// The tag that is chosen, and its invalidation. The node looks at each entry for what it tells of a tag: nothing is asked by itself.

const everything = '*';
let chosen = null;

const inspect = tag => ask(tag === everything ? 'inspect' : `inspect?tag=${encodeURIComponent(tag)}`);
const nameOf = tag => tag === everything || tag === '' ? 'Everything' : tag;

async function inspectTag(tag, isCalled = true) {
  chosen = tag;
  showChosen();
  try {
    const view = await inspect(tag);
    if (chosen === tag) showTag(tag, view);
    say(`${nameOf(tag)}: ${plural(view.entries, 'entry', 'entries')}, ${bytes(view.bytes)}`);
  } catch (trouble) {
    if (chosen === tag) at('tag').replaceChildren(make('p', { class: 'note' }, trouble.message));
    say(trouble.message);
  }
  if (isCalled) at('explorer').scrollIntoView({ block: 'nearest' });
}

function showTag(tag, view) {
  const fact = (name, text) => make('div', {}, make('dt', {}, name), make('dd', {}, text));
  const button = make('button', { type: 'button', class: 'danger', onclick: () => confirmInvalidation(tag, view) }, tag === everything ? 'Invalidate everything …' : 'Invalidate …');
  at('tag').replaceChildren(
    make('h3', { class: 'path' }, nameOf(tag)),
    make('dl', {}, fact('Entries', count(view.entries)), fact('Bytes', bytes(view.bytes)), fact('Version', count(view.version)), fact('Tags below', count(view.below.length + view.more))),
    make('p', { class: 'note' }, 'Entries that depend on it, or on what is below it. The version is the number of the newest invalidation that it may have met.'),
    make('p', { id: 'tag-said', class: 'note strong' }), button);
}

function confirmInvalidation(tag, view) {
  const dialog = at('ask'), opener = document.activeElement;
  write(at('ask-title'), tag === everything ? 'Invalidate everything?' : 'Invalidate this tag?');
  at('ask-text').replaceChildren(make('code', {}, nameOf(tag)), `${tag === everything ? '' : ' and what is below it'}, on all nodes. ${plural(view.entries, 'entry', 'entries')} of this node will be asked for anew.`);
  at('ask-yes').onclick = () => {
    dialog.close();
    invalidate(tag);
  };
  at('ask-no').onclick = () => dialog.close();
  dialog.onclose = () => opener?.focus();
  dialog.showModal();
  at('ask-no').focus();
}

async function invalidate(tag) {
  let text;
  try {
    const { token, told } = await ask('invalidate', { tag });
    text = told ? `Invalidated, and told to the other nodes: ${token}` : token ? 'Invalidated here. The other nodes haven’t been told yet: see what is to be told.' : 'Invalidated.';
  } catch (trouble) {
    text = `Not done, as far as is known. ${trouble.message}`;
  }
  await Promise.allSettled([inspect(tag).then(view => chosen === tag && showTag(tag, view)), refreshTree()]);
  if (chosen === tag && at('tag-said')) write(at('tag-said'), text);
  say(`${nameOf(tag)}: ${text}`);
  document.querySelector('#tag .danger')?.focus();
}

at('find').addEventListener('submit', event => {
  event.preventDefault();
  const tag = at('find-tag').value.trim();
  if (tag) inspectTag(tag);
});
