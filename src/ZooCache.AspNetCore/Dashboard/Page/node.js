// Asks the node that has served the page, by addresses that are relative to it.

class Trouble extends Error {
  constructor(state, text, status = 0) {
    super(text);
    this.state = state;
    this.status = status;
  }
}

async function ask(what, body) {
  let response;
  try {
    response = await fetch(what, {
      method: body ? 'POST' : 'GET',
      body: body && JSON.stringify(body),
      // So that a sign-in by cookies says 401 instead of sending a page to sign in by; if it sends one, that isn't followed.
      headers: { Accept: 'application/json', 'X-Requested-With': 'XMLHttpRequest', ...(body && { 'Content-Type': 'application/json' }) },
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.timeout(10_000),
    });
  } catch (failure) {
    throw new Trouble('away', failure.name === 'TimeoutError' ? 'The node doesn’t answer in time.' : 'The node can’t be reached.');
  }

  if (response.type === 'opaqueredirect' || response.status === 401) throw new Trouble('refused', 'The node asks who you are (401). Sign in, in another tab.', 401);
  if (response.status === 403) throw new Trouble('refused', `The node refuses (403). ${await problemOf(response)}`.trim(), 403);
  if (!response.ok) throw new Trouble('failed', `The node has answered ${response.status}. ${await problemOf(response)}`.trim(), response.status);
  try {
    return await response.json();
  } catch {
    throw new Trouble('failed', 'What has answered isn’t a node of ZooCache.');
  }
}

async function problemOf(response) {
  try {
    return (await response.json()).detail ?? '';
  } catch {
    return '';
  }
}

// What some nodes don't have: null, and it isn't asked for again until the node is another one.
const missing = new Set();
async function askIfThere(what) {
  if (missing.has(what)) return null;
  try {
    return await ask(what);
  } catch (trouble) {
    if (trouble.status !== 404) throw trouble;
    missing.add(what);
    return null;
  }
}

const linkTexts = { wait: 'Connecting', live: 'Live', paused: 'Paused', away: 'Unreachable', refused: 'Refused', failed: 'Failing' };

function showLink(state, text) {
  const link = at('link');
  link.dataset.state = state;
  write(link, linkTexts[state]);
  document.body.classList.toggle('old', text !== undefined);
  const trouble = at('trouble');
  trouble.hidden = text === undefined;
  write(trouble, text === undefined ? '' : `${text} What is shown is from before${lastAnswer ? ` (${clock(lastAnswer)})` : ''}; this page goes on trying.`);
}

let lastAnswer = null;
