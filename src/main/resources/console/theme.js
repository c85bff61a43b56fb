// Sets the theme before the first paint; everything else waits for the modules.
(function () {
  let asked = new URLSearchParams(location.search).get('theme');
  try {
    if (asked === 'light' || asked === 'dark') localStorage.setItem('tsunagi.theme', asked);
    else asked = localStorage.getItem('tsunagi.theme');
  } catch {
    // In a frame of another site a browser may refuse to remember anything.
  }
  const dark = asked ? asked === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
