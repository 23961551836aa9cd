// What a query depends on, asked for when its row is opened.

const explanations = new Map();

async function toggleExplanation(query) {
  if (explanations.delete(query.id)) {
    showQueries(queries.list);
    return;
  }
  const element = make('div', { class: 'explanation' }, make('p', { class: 'note' }, 'Asking …'));
  explanations.set(query.id, element);
  showQueries(queries.list);
  try {
    showExplanation(element, await ask(`queries/${encodeURIComponent(query.id)}`));
  } catch (trouble) {
    element.replaceChildren(make('p', { class: 'note' }, trouble.status === 404 ? 'The node has no explanation of this query.' : trouble.message));
  }
  say(element.textContent);
}

function explanationRow(query) {
  return make('tr', { class: 'detail' }, make('td', { colspan: columns.length }, explanations.get(query.id)));
}

function showExplanation(element, { dependsOn = [], lastMiss = null, sql = null }) {
  const list = (title, texts) => texts.length === 0 ? null : make('div', {}, make('h3', {}, title), make('ul', {}, ...texts.map(t => make('li', {}, t))));
  element.replaceChildren(...[
    list('Depends on', dependsOn), list('Had to ask the last time because of', lastMiss === null ? [] : [lastMiss]), sql === null ? null : make('div', {}, make('h3', {}, 'SQL'), make('pre', { tabindex: '0' }, sql)),
  ].filter(c => c));
  if (!element.firstChild) element.append(make('p', { class: 'note' }, 'It depends on nothing.'));
}
