// The queries, sorted by the node. It looks at each entry for them: they are asked for every five seconds, while they are in view.

const orders = { hits: 'Hits', misses: 'Misses', saved: 'Time saved', bytes: 'Bytes', cold: 'Coldest' };
const columns = [
  { name: 'Query', look: 'query' }, { name: 'Hits', by: 'hits', text: q => count(q.hits) }, { name: 'Misses', by: 'misses', text: q => count(q.misses) },
  { name: 'Ratio', text: q => percent(shareOfHits(q)), look: 'less' }, { name: 'Load', text: q => q.loadMilliseconds === null ? none : span(q.loadMilliseconds / 1000), look: 'less' },
  { name: 'Saved', by: 'saved', text: q => span(q.savedSeconds) }, { name: 'Entries', text: q => count(q.entries), look: 'less' }, { name: 'Bytes', by: 'bytes', text: q => bytes(q.bytes) },
];
const queries = { by: 'hits', top: 20, isInView: true };

for (const [by, name] of Object.entries(orders)) {
  at('queries-by').append(make('label', {}, make('input', { type: 'radio', name: 'by', value: by, checked: by === 'hits', onchange: () => sortQueries(by) }), make('span', {}, name)));
}

at('queries-head').append(make('tr', {}, ...columns.map(c => make(
  'th', { scope: 'col', class: c.look ?? null },
  c.by ? make('button', { type: 'button', 'data-by': c.by, onclick: () => sortQueries(c.by === 'hits' && queries.by === 'hits' ? 'cold' : c.by) }, c.name) : c.name))));
at('queries-more').addEventListener('click', () => {
  queries.top = Math.min(queries.top * 5, 1000);
  refreshQueries();
});
new IntersectionObserver(([entry]) => {
  if (entry.isIntersecting && !queries.isInView) refreshQueries();
  queries.isInView = entry.isIntersecting;
}).observe(at('queries'));
showOrder();

function sortQueries(by) {
  queries.by = by;
  showOrder();
  refreshQueries();
}

function showOrder() {
  document.querySelector(`#queries-by input[value=${queries.by}]`).checked = true;
  for (const button of document.querySelectorAll('#queries-head button')) {
    const isCold = queries.by === 'cold' && button.dataset.by === 'hits';
    mark(button.parentElement, 'aria-sort', isCold ? 'ascending' : button.dataset.by === queries.by ? 'descending' : null);
  }
}

async function refreshQueries() {
  const { by, top } = queries;
  try {
    const list = await ask(`queries?by=${by}&top=${top}`);
    if (by === queries.by && top === queries.top) showQueries(list);
  } catch {
    // What is shown stays; the loop that asks each second says what is wrong.
  }
}

function showQueries(list) {
  at('queries-empty').hidden = list.length > 0;
  at('queries-more').hidden = list.length < queries.top || queries.top >= 1000;
  const rows = list.flatMap(q => explanations.has(q.id) ? [{ key: q.id, query: q }, { key: `${q.id}?`, query: q, isExplanation: true }] : [{ key: q.id, query: q }]);
  queries.list = list;
  arrange(at('queries-rows'), rows, r => r.key, r => r.isExplanation ? explanationRow(r.query) : queryRow(r.query), (row, r) => {
    if (r.isExplanation) return;
    mark(row.querySelector('button'), 'aria-expanded', explanations.has(r.query.id));
    columns.slice(1).forEach((c, i) => write(row.children[i + 1], c.text(r.query)));
    row.children[3].style.setProperty('--share', shareOfHits(r.query) ?? 0);
  });
}

function queryRow(query) {
  const name = make('button', { type: 'button', class: 'disclose', onclick: () => toggleExplanation(query) }, make('span', {}, query.query));
  return make('tr', {}, make('th', { scope: 'row', class: 'query' }, name), ...columns.slice(1).map(c => make('td', { class: c.look ?? null })));
}
