let pages = 0;

/** False for the first page of a visit, where the browser says where one is; true for each after it. */
export function arrived(): boolean {
  pages += 1;
  return pages > 1;
}
