// The last invalidations, the newest first. A write has two, before its commit and after: they stand in one line.

const mostShown = 60;
const stream = { after: 0, rows: [] };

function addInvalidations(list) {
  for (const one of list.toReversed()) {
    stream.after = Math.max(stream.after, one.sequence);
    const what = JSON.stringify([one.cause, one.tags, one.count]), time = Date.now() - one.secondsAgo * 1000;
    const same = stream.rows.slice(0, 3).find(r => r.what === what && time - r.time < 2_000);
    if (same) {
      same.times++;
      same.time = time;
    } else {
      stream.rows.unshift({ ...one, what, time, times: 1 });
    }
  }
  if (list.length === 0) return;
  stream.rows.length = Math.min(stream.rows.length, mostShown);
  at('stream-empty').hidden = stream.rows.length > 0;
  arrange(at('stream'), stream.rows, r => r.sequence, streamRow, (row, r) => {
    write(row.querySelector('time'), clock(r.time));
    write(row.querySelector('.times'), r.times > 1 ? `×${r.times}` : '');
  });
}

function clearInvalidations() {
  Object.assign(stream, { after: 0, rows: [] });
  at('stream').replaceChildren();
  at('stream-empty').hidden = false;
}

function streamRow({ cause, tags, count: all }) {
  const shown = tags.map(t => make('button', { type: 'button', class: 'tag', title: 'Show this tag', onclick: () => inspectTag(t) }, t));
  return make(
    'li', {}, make('time'), make('span', { class: 'cause' }, cause ?? 'unknown', ' ', make('span', { class: 'times' })),
    make('span', { class: 'tags' }, ...shown, all > tags.length ? make('span', { class: 'note' }, `and ${plural(all - tags.length, 'more', 'more')}`) : null));
}
