// The figures at the top, what an operator should know of first, the node, and the reasons.

function showFigures(statistics, node, sample) {
  const { log } = node, minute = before(sample, 60);
  tile('enabled', node.enabled ? 'On' : 'Off', node.enabled ? null : 'bad');
  tile('watching', node.watchdogShare > 0 ? `${percentTick(node.watchdogShare)} watched` : 'not watched');
  tile('ratio', percent(ratioSince(sample, minute) ?? shareOfHits(statistics)));
  tile('ratio-all', `${percent(shareOfHits(statistics))} since the start`);
  tile('saved', span(sample.saved));
  tile('saved-now', minute ? `${span((sample.saved - minute.saved) / ((sample.time - minute.time) / 1000))} each second` : '');
  tile('bytes', bytes(statistics.bytes));
  tile('budget', `of ${bytes(node.byteBudget)}`);
  at('bytes-bar').style.width = `${Math.min(100, statistics.bytes / node.byteBudget * 100)}%`;
  tile('stale', count(statistics.staleAnswers), statistics.staleAnswers > 0 ? 'bad' : null);
  const checked = Object.values(statistics.watchedByResult).reduce((sum, n) => sum + n, 0);
  tile('checked', node.watchdogShare > 0 || checked > 0 ? `of ${brief(checked)} checked` : 'none is checked');
  tile('lag', log ? span(log.lagSeconds) : none, log && !log.confirmed ? 'bad' : null);
  tile('confirmed', log ? `${log.confirmed ? 'confirmed' : 'NOT confirmed'}, ${plural(log.members.length, 'member')}` : 'no other nodes');
  tile('outbox', log ? count(log.outbox) : none, log && log.outbox > 0 ? 'wait' : null);
  tile('outbox-sub', log ? 'to be told' : 'no other nodes');
  write(at('identity'), `${node.machine} · process ${node.processId} · “${node.prefix}” · ${node.version} · up ${span((Date.now() - Date.parse(node.startedAt)) / 1000)}`);
  document.title = `${at('ratio').textContent} · ${node.machine} · ZooCache`;
  showNotices(statistics, node);
  showNode(node);
  showReasons(statistics);
}

const shareOfHits = s => s.hits + s.misses > 0 ? s.hits / (s.hits + s.misses) : null;

function tile(id, text, state = null) {
  write(at(id), text);
  mark(at(id), 'data-state', state);
}

function showNotices(statistics, node) {
  const notices = [];
  const { log, store } = node, stale = statistics.lastStaleAnswer;
  if (!node.enabled) notices.push('The cache is switched off: every query goes to the database.');
  if (stale && Date.now() - Date.parse(stale.at) < 3_600_000) {
    notices.push(`A stale answer was found at ${clock(Date.parse(stale.at))}: ${stale.query}. Something has written unseen; missed was one of ${stale.missed.join(', ')}.`);
  }
  if (log && !log.confirmed) notices.push('The log hasn’t confirmed lately that nothing was missed: queries go to the database until it does.');
  if (log?.suspect) notices.push('Somebody may be writing unheard: queries go to the database until that is over.');
  if (store?.paused) notices.push(`The shared store fails and is left alone for now. ${store.lastFailure ?? ''}`);
  if (statistics.overdueWrites > 0) notices.push(`The end of ${plural(statistics.overdueWrites, 'write')} wasn’t seen in time.`);
  at('notices').hidden = notices.length === 0;
  arrange(at('notices'), notices, n => n, n => make('li', {}, n));
}

function showNode({ log, store, startedAt, watchdogShare }) {
  const facts = [['Started', new Date(startedAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })], ['Watchdog', watchdogShare > 0 ? `${percentTick(watchdogShare)} of the answers` : 'off']];
  if (log) {
    facts.push(
      ['Number', log.node], ['Consistency', log.consistency], ['Confirmed', log.confirmed ? 'yes' : 'NO'], ['Lag', span(log.lagSeconds)], ['Outbox', count(log.outbox)],
      ['Epoch', log.epoch], ['Applied', log.applied], ['Suspect', log.suspect ? 'YES' : 'no'], [`Members (${log.members.length})`, log.members.join(' ')], ['Last failure', log.lastFailure ?? 'none']);
  } else {
    facts.push(['Log', 'none: this node tells nobody, and nobody tells it']);
  }
  facts.push(['Shared store', store ? (store.paused ? 'LEFT ALONE for now' : 'in use') : 'none']);
  if (store) facts.push(['Last failure of the store', store.lastFailure ?? 'none']);
  arrange(at('node-facts'), facts, ([name]) => name, ([name]) => make('div', {}, make('dt', {}, name), make('dd')), (element, [name, text]) => {
    write(element.firstChild, name);
    write(element.lastChild, text);
  });
}

function showReasons(statistics) {
  write(at('total-hits'), count(statistics.hits));
  showBars('misses', statistics.missesByReason);
  showBars('bypasses', statistics.bypassesByReason);
  showBars('precisions', statistics.invalidationsByPrecision, 'invalidations');
}

function showBars(id, counts, name = id) {
  const all = Object.entries(counts).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  const most = all[0]?.[1] ?? 0;
  write(at(`total-${name}`), count(all.reduce((sum, [, n]) => sum + n, 0)));
  arrange(at(id), all, ([reason]) => reason, ([reason]) => make('li', {}, make('span', {}, reason), make('span', { class: 'bar', 'aria-hidden': 'true' }, make('span')), make('span', { class: 'n' })), (element, [, n]) => {
    element.children[1].firstChild.style.width = `${n / most * 100}%`;
    write(element.lastChild, count(n));
  });
}
