import { words } from '../words.ts';

export const text = words({
  en: {
    product: 'Weir',
    skip: 'Skip to content',
    menu: 'Menu',
    pages: 'Pages',
  },
  de: {
    product: 'Weir',
    skip: 'Zum Inhalt springen',
    menu: 'Menü',
    pages: 'Seiten',
  },
});
