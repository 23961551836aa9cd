{
  const parent = at('charts');
  const durations = 'This node doesn’t tell how long answers take.';
  const two = kind => [{ key: `${kind}50`, name: 'p50', look: 'first' }, { key: `${kind}99`, name: 'p99', look: 'second' }];
  new Chart(parent, 'Hit ratio', { series: [{ key: 'ratio', name: 'of the last 5 s', look: 'first' }], format: percent, top: 1, tick: percentTick });
  new Chart(parent, 'Questions per second', {
    series: [{ key: 'hitRate', name: 'hits', look: 'first' }, { key: 'missRate', name: 'misses', look: 'second' }, { key: 'bypassRate', name: 'bypasses', look: 'third' }], format: rate,
  });
  new Chart(parent, 'Invalidations per second', { series: [{ key: 'invalidationRate', name: 'tags', look: 'second' }], format: rate });
  new Chart(parent, 'Time of a hit', { series: two('hits'), format: span, tick: spanTick, scale: 'log', empty: durations });
  new Chart(parent, 'Time of a load', { series: two('loads'), format: span, tick: spanTick, scale: 'log', empty: durations });
  new Chart(parent, 'Held', {
    series: [{ key: 'bytes', name: 'bytes', look: 'first' }, { key: 'entries', name: 'entries', look: 'second', isRight: true }], format: bytes, tick: bytesTick, base: 1024, rightFormat: n => n === undefined ? none : brief(n),
  });
}
