// The last five minutes, a sample a second. Counters are cumulative, so a rate is what one sample has more than an earlier one of the same run; a run ends where the page was hidden or
// paused, the node away, or another process in its place.

const windowMilliseconds = 5 * 60_000;
const longestGap = 4_000;
let samples = [];

function addSample(time, statistics, durations) {
  const last = samples.at(-1);
  const isNew = !last || time <= last.time || time - last.time > longestGap || statistics.hits < last.hits || statistics.misses < last.misses;
  const sample = {
    time, run: isNew ? time : last.run, hits: statistics.hits, misses: statistics.misses, bypasses: statistics.bypasses, invalidations: statistics.invalidations,
    saved: secondsOf(statistics.timeSaved), entries: statistics.entries, bytes: statistics.bytes, durations,
  };
  samples = samples.filter(s => time - s.time <= windowMilliseconds + longestGap);
  samples.push(sample);

  const second = before(sample, 1), few = before(sample, 5), ten = before(sample, 10);
  sample.hitRate = perSecond(sample, second, 'hits');
  sample.missRate = perSecond(sample, second, 'misses');
  sample.bypassRate = perSecond(sample, second, 'bypasses');
  sample.invalidationRate = perSecond(sample, second, 'invalidations');
  sample.ratio = ratioSince(sample, few);
  for (const kind of ['hits', 'loads']) {
    const [p50, p99] = percentiles(durations?.[kind], ten?.durations?.[kind], [0.5, 0.99]);
    sample[`${kind}50`] = p50;
    sample[`${kind}99`] = p99;
  }
  return sample;
}

// The sample that is so many seconds older, or the oldest of the run; null if there is none.
function before(sample, seconds) {
  const older = samples.filter(s => s !== sample && s.run === sample.run);
  return older.findLast(s => sample.time - s.time >= seconds * 1000 - 300) ?? older[0] ?? null;
}

function perSecond(sample, older, name) {
  return older ? Math.max(0, sample[name] - older[name]) / ((sample.time - older.time) / 1000) : null;
}

function ratioSince(sample, older) {
  if (!older) return null;
  const hits = sample.hits - older.hits, all = hits + sample.misses - older.misses;
  return all > 0 ? hits / all : null;
}

// Within a bucket values are taken to lie evenly; what is above the last bound is taken for that bound.
function percentiles(now, then, shares) {
  if (!now || !then || now.counts.length !== then.counts.length) return shares.map(() => null);
  const counts = now.counts.map((n, i) => n - then.counts[i]);
  const all = counts.reduce((sum, n) => sum + n, 0);
  if (all <= 0 || counts.some(n => n < 0)) return shares.map(() => null);
  return shares.map(share => {
    let left = share * all, bucket = 0;
    while (bucket < counts.length - 1 && left > counts[bucket]) left -= counts[bucket++];
    const low = bucket === 0 ? 0 : now.bounds[bucket - 1], high = now.bounds[bucket] ?? low;
    return counts[bucket] === 0 ? high : low + (high - low) * left / counts[bucket];
  });
}
