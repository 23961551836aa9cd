// Light or dark as the system has it, until somebody says otherwise. A browser may keep nothing: then it lasts as long as the page.

const themeKey = 'zoocache-theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

function storedTheme() {
  try {
    return localStorage.getItem(themeKey);
  } catch {
    return null;
  }
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : systemIsDark.matches;
}

function showTheme() {
  write(at('theme'), isDark() ? 'Light' : 'Dark');
  mark(at('theme'), 'aria-label', isDark() ? 'Light colours' : 'Dark colours');
}

if (['light', 'dark'].includes(storedTheme())) document.documentElement.dataset.theme = storedTheme();
showTheme();
systemIsDark.addEventListener('change', showTheme);
at('theme').addEventListener('click', () => {
  const chosen = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = chosen;
  try {
    localStorage.setItem(themeKey, chosen);
  } catch {
    say('This browser keeps nothing: the colours are as the system has them when the page is loaded again.');
  }
  showTheme();
});
