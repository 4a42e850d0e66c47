export type Theme = 'system' | 'light' | 'dark';

export const themes: readonly Theme[] = ['system', 'light', 'dark'];

const KEY = 'weir-theme';

/** What was chosen on this machine; what the system says where nothing was. */
export function chosen(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return themes.find((theme) => theme === kept) ?? 'system';
  } catch {
    // Browsers may forbid it: then the choice lasts as long as the page.
    return 'system';
  }
}

/** Shows the theme, and keeps it. */
export function choose(theme: Theme): void {
  show(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    return;
  }
}

/** Shows a theme. */
export function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
