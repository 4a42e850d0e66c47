import { pathWith } from '@weir/shared/page/route.ts';

/** Where the window is: path and conditions, as they stand behind the `#`. */
class Place {
  path = $state('/');
  search = $state('');

  constructor() {
    this.read();
  }

  /** A condition of the address; empty where there is none. */
  condition(name: string): string {
    return new URLSearchParams(this.search).get(name) ?? '';
  }

  /** Shows the same page under other conditions; the way back does not stop at each of them. */
  refine(conditions: Record<string, string | undefined>): void {
    history.replaceState(null, '', `#${pathWith(this.path, conditions)}`);
    this.read();
  }

  /** Goes to a page. */
  go(path: string): void {
    location.hash = path;
  }

  /** Takes over what the address says. */
  read(): void {
    const [path, search] = location.hash.slice(1).split('?', 2);
    this.path = path || '/';
    this.search = search ?? '';
  }

  /** Follows the address; gives the end of it. */
  follow(): () => void {
    const moved = () => this.read();
    addEventListener('hashchange', moved);
    addEventListener('popstate', moved);
    return () => {
      removeEventListener('hashchange', moved);
      removeEventListener('popstate', moved);
    };
  }
}

export const place = new Place();
