// A chart of the samples: lines over the last five minutes. The legend shows the newest values, or those under the cursor, which all charts share; the arrow keys move it too.

const chartHeight = 132, chartTop = 8, chartBottom = 18, chartLeft = 52;
const charts = [];
let cursor = null;

class Chart {
  constructor(parent, title, { series, format, scale = 'linear', top = null, tick = format, base = 1000, rightFormat = null, empty = '' }) {
    Object.assign(this, { title, series, format, scale, top, tick, base, rightFormat, width: 0 });
    this.empty = make('p', { class: 'empty', hidden: true }, empty);
    this.values = series.map(() => make('span'));
    const legend = make('ul', { class: 'legend' }, ...series.map((s, i) => make('li', { class: s.look }, s.name, ' ', this.values[i])));
    this.lines = series.map(s => draw('path', { class: `line ${s.look}` }));
    this.area = draw('path', { class: `area ${series[0].look}` });
    this.grid = draw('g', { class: 'grid' });
    this.rule = draw('line', { class: 'rule', y1: chartTop, y2: chartHeight - chartBottom });
    this.svg = draw('svg', { role: 'img', tabindex: '0', height: chartHeight }, this.grid, this.area, ...this.lines, this.rule);
    this.figure = make('figure', { class: 'card chart' }, make('figcaption', {}, make('h2', {}, title), legend), this.svg, this.empty);
    parent.append(this.figure);
    this.svg.addEventListener('pointermove', e => moveCursor(this.timeAt(e.offsetX)));
    this.svg.addEventListener('pointerleave', () => moveCursor(null));
    this.svg.addEventListener('blur', () => moveCursor(null));
    this.svg.addEventListener('keydown', e => this.onKey(e));
    new ResizeObserver(([entry]) => {
      this.width = Math.floor(entry.contentRect.width);
      this.draw();
    }).observe(this.figure);
    charts.push(this);
  }

  get right() { return this.rightFormat ? 52 : 4; }

  get now() { return samples.at(-1)?.time ?? 0; }

  x(time) { return chartLeft + (this.width - chartLeft - this.right) * (1 - (this.now - time) / windowMilliseconds); }

  timeAt(x) { return this.now - (1 - (x - chartLeft) / (this.width - chartLeft - this.right)) * windowMilliseconds; }

  // Where a value lies, and the values that lines of the grid are drawn at.
  scaleOf(names, base) {
    const height = chartHeight - chartTop - chartBottom;
    const values = names.flatMap(n => samples.map(s => s[n])).filter(v => v !== null && v !== undefined);
    const most = Math.max(...values, 0);
    if (this.scale === 'log') {
      const positive = values.filter(v => v > 0);
      const high = positive.length ? Math.ceil(Math.log10(Math.max(...positive)) + 1e-9) : 0;
      const low = positive.length ? Math.min(Math.floor(Math.log10(Math.min(...positive))), high - 1) : -3;
      const step = Math.ceil((high - low) / 3);
      const ticks = [];
      for (let power = low; power <= high; power += step) ticks.push(10 ** power);
      return { ticks, y: v => chartTop + height * (1 - (Math.log10(Math.max(v, 10 ** low)) - low) / (high - low)) };
    }

    const top = this.top ?? roundUp(most, base);
    return { ticks: [0, top / 2, top], y: v => chartTop + height * (1 - v / top) };
  }

  draw() {
    const isEmpty = !samples.some(s => this.series.some(n => s[n.key] !== null && s[n.key] !== undefined));
    this.empty.hidden = !isEmpty || !this.empty.textContent || !samples.length;
    this.svg.setAttribute('width', this.width);
    if (this.width < 120) return;
    const left = this.series.filter(s => !s.isRight), scale = this.scaleOf(left.map(s => s.key), this.base);
    const right = this.series.filter(s => s.isRight), rightScale = right.length ? this.scaleOf(right.map(s => s.key), 1000) : null;
    const end = this.width - this.right;
    this.grid.replaceChildren(
      ...scale.ticks.flatMap(v => [
        draw('line', { x1: chartLeft, x2: end, y1: scale.y(v), y2: scale.y(v) }),
        draw('text', { x: chartLeft - 6, y: scale.y(v) + 4, 'text-anchor': 'end' }, this.tick(v)),
      ]),
      ...(rightScale?.ticks ?? []).map(v => draw('text', { x: end + 6, y: rightScale.y(v) + 4 }, this.rightFormat(v))),
      ...[5, 4, 3, 2, 1, 0].map(m => draw('text', {
        x: this.x(this.now - m * 60_000), y: chartHeight - 3, 'text-anchor': m === 0 ? 'end' : 'middle',
      }, m === 0 ? 'now' : `−${m} min`)));
    this.series.forEach((s, i) => this.lines[i].setAttribute('d', this.pathOf(s.key, s.isRight ? rightScale.y : scale.y)));
    if (this.scale === 'linear') this.area.setAttribute('d', this.pathOf(this.series[0].key, scale.y, chartHeight - chartBottom));
    this.showValues();
  }

  // A line for each stretch without a gap; down to a floor, what is below it.
  pathOf(key, y, floor = null) {
    let path = '', start = null, last = null;
    const close = () => floor === null || start === null ? '' : `V${floor}H${start}Z`;
    for (const sample of samples.filter(s => this.now - s.time <= windowMilliseconds)) {
      const value = sample[key], x = this.x(sample.time).toFixed(1);
      if (value === null || value === undefined) {
        path += close();
        start = null;
        continue;
      }
      if (start === null || last.run !== sample.run) {
        path += start === null ? '' : close();
        start = x;
        path += `M${x} ${y(value).toFixed(1)}`;
      }
      path += `L${x} ${y(value).toFixed(1)}`;
      last = sample;
    }
    return path + close();
  }

  showValues() {
    const shown = cursor === null ? samples.at(-1) : nearest(cursor);
    this.rule.setAttribute('visibility', cursor === null || !shown ? 'hidden' : 'visible');
    if (!shown) return;
    this.rule.setAttribute('x1', this.x(shown.time));
    this.rule.setAttribute('x2', this.x(shown.time));
    const texts = this.series.map(s => (s.isRight ? this.rightFormat : s.format ?? this.format)(shown[s.key]));
    texts.forEach((text, i) => write(this.values[i], text));
    mark(this.svg, 'aria-label', `${this.title}: ${this.series.map((s, i) => `${s.name} ${texts[i]}`).join(', ')}`);
  }

  onKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30 }[event.key];
    const from = cursor === null ? samples.length - 1 : samples.indexOf(nearest(cursor));
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? samples.length - 1 : step ? from + step : null;
    if (event.key === 'Escape') moveCursor(null);
    if (to === null || !samples.length) return;
    event.preventDefault();
    const sample = samples[Math.min(Math.max(to, 0), samples.length - 1)];
    moveCursor(sample.time);
    say(`${clock(sample.time)}, ${this.svg.getAttribute('aria-label')}`);
  }
}

const nearest = time => samples.reduce((best, s) => !best || Math.abs(s.time - time) < Math.abs(best.time - time) ? s : best, null);

// 1, 2, 4, 6 or 10 with zeros, of a unit: each half of that is a short number too.
function roundUp(value, base) {
  if (value <= 0) return 1;
  const unit = base ** Math.max(0, Math.floor(Math.log(value) / Math.log(base)));
  const power = unit * 10 ** Math.floor(Math.log10(value / unit));
  return [1, 2, 4, 6, 10].map(n => n * power).find(n => n >= value);
}

function moveCursor(time) {
  cursor = time;
  charts.forEach(c => c.showValues());
}
