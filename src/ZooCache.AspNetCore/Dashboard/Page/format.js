const none = '–';
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

const count = n => whole.format(n);
const brief = n => n < 10_000 ? whole.format(n) : short.format(n);

function rate(n) {
  if (n === null || n === undefined) return none;
  return n < 10 ? n.toFixed(n === 0 ? 0 : 1) : brief(n);
}

// Two digits after the point where it matters: near all and near none.
function percent(share) {
  if (share === null || share === undefined) return none;
  const n = share * 100;
  if (n === 0 || n === 100) return `${n} %`;
  return `${Math.min(n, 99.99).toFixed(n < 1 || n > 99 ? 2 : 1)} %`;
}

function bytes(n) {
  if (n === null || n === undefined) return none;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  for (; n >= 1024 && unit < units.length - 1; unit++) n /= 1024;
  return `${unit === 0 || n >= 100 ? n.toFixed(0) : n.toFixed(n >= 10 ? 1 : 2)} ${units[unit]}`;
}

// A time that something takes, from nanoseconds to days.
function span(seconds) {
  if (seconds === null || seconds === undefined) return none;
  if (seconds === 0) return '0 s';
  for (const [size, unit] of [[1e-9, 'ns'], [1e-6, 'µs'], [1e-3, 'ms'], [1, 's']]) {
    const n = seconds / size;
    if (n < (unit === 's' ? 100 : 999.5)) return `${n.toFixed(n < 10 ? 2 : n < 100 ? 1 : 0)} ${unit}`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} d ${Math.floor(minutes / 60) % 24} h`;
}

// Round numbers, at the lines of a chart.
const percentTick = share => `${+(share * 100).toPrecision(3)} %`;
const spanTick = seconds => span(seconds).replace(/\.0+ /, ' ');
const bytesTick = n => bytes(n).replace(/\.0+ /, ' ');

const clock = milliseconds => new Date(milliseconds).toLocaleTimeString('en-GB');

// A TimeSpan: [-][d.]hh:mm:ss[.fffffff]
function secondsOf(text) {
  const found = /^(-)?(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text ?? '');
  if (!found) return 0;
  const [, sign, days, hours, minutes, seconds] = found;
  return (sign ? -1 : 1) * (Number(days ?? 0) * 86400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}

// The last segment of a tag, as people write it.
function segment(tag) {
  const last = tag.slice(tag.lastIndexOf(':') + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
