// Asks once a second, while somebody looks.

let startedAt = null, isPaused = false, isAsking = false, next = 0, sinceQueries = 0;

async function look() {
  clearTimeout(next);
  if (isAsking || isPaused || document.hidden) return;
  isAsking = true;
  const begun = performance.now();
  let wait = 1000;
  try {
    const { after } = stream;
    const [statistics, node, durations, invalidations] = await Promise.all([ask('statistics'), ask('node'), askIfThere('durations'), ask(`invalidations?after=${after}&top=50`)]);
    if (startedAt !== node.startedAt) begin(node);
    if (after === stream.after) addInvalidations(invalidations);
    lastAnswer = Date.now();
    const sample = addSample(lastAnswer, statistics.statistics, durations);
    showFigures(statistics.statistics, node, sample);
    charts.forEach(c => c.draw());
    if (sinceQueries++ % 5 === 0 && queries.isInView) refreshQueries();
    if (!isPaused) showLink('live');
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    wait = 2000;
    showLink(trouble.state, trouble.message);
  } finally {
    isAsking = false;
    next = setTimeout(look, Math.max(50, wait - (performance.now() - begun)));
  }
}

// Another process counts from the beginning.
function begin(node) {
  if (startedAt !== null) {
    samples = [];
    explanations.clear();
    missing.clear();
    clearInvalidations();
    say('The node has begun anew.');
  }
  startedAt = node.startedAt;
}

at('pause').addEventListener('click', () => {
  isPaused = !isPaused;
  mark(at('pause'), 'aria-pressed', isPaused);
  write(at('pause'), isPaused ? 'Go on' : 'Pause');
  if (isPaused) showLink('paused');
  else look();
});
document.addEventListener('visibilitychange', look);
look();
