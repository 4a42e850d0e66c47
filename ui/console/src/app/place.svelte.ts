/** Where the console is: path and conditions, as the address bar has them. */
class Place {
  path = $state(location.pathname);
  search = $state(location.search);

  /** A condition of the address; empty where there is none. */
  condition(name: string): string {
    return new URLSearchParams(this.search).get(name) ?? '';
  }

  /** Goes to an address of the console. */
  go(address: string, replace = false): void {
    if (replace) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    this.read();
  }

  /** Takes over what the address bar says. */
  read(): void {
    this.path = location.pathname;
    this.search = location.search;
  }
}

export const place = new Place();

/** Links of the console change the view and load nothing. What the browser should do by itself, it does. */
export function followLinks(): () => void {
  const clicked = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || link.pathname.startsWith('/api/')) return;
    if (link.pathname === location.pathname && link.search === location.search && link.hash !== '') return;
    event.preventDefault();
    place.go(link.pathname + link.search);
  };
  const moved = () => place.read();
  document.addEventListener('click', clicked);
  addEventListener('popstate', moved);
  return () => {
    document.removeEventListener('click', clicked);
    removeEventListener('popstate', moved);
  };
}
