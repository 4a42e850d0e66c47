/** A pattern such as `/events/:id`, taken apart. */
export type Places = Record<string, string>;

/** The places of a path that a pattern names; none where the path is another one. */
export function matched(pattern: string, path: string): Places | undefined {
  const wanted = parts(pattern);
  const given = parts(path);
  if (wanted.length !== given.length) return undefined;
  const places: Places = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) places[part.slice(1)] = decoded(value);
    else if (part !== value) return undefined;
  }
  return places;
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

/** What is badly written is taken as it stands: it names nothing then. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A path with its conditions; empty ones are left out, so that equal views have equal addresses. */
export function pathWith(path: string, conditions: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(conditions)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const asked = search.toString();
  return asked === '' ? path : `${path}?${asked}`;
}
