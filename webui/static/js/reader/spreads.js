// Which pages stand beside each other: a comic's pages cut into views of one or two.

/** Whether a page is a spread by itself: wider than high. */
export function isWide({ width, height }) {
  return width > height;
}

/**
 * The views of a book, each a list of page numbers in reading order.
 *
 * Double pages are paired but for wide ones; `cover_alone` leaves the first by itself, and `shifted`
 * moves all pairs behind it by one, for comics whose scans miss a page.
 */
export function views(book, { layout, cover_alone, shifted }) {
  const shown = book.shown();
  if (layout !== "double") return shown.map((page) => [page]);
  const cut = [];
  let alone = (cover_alone ? 1 : 0) + (shifted ? 1 : 0);
  for (let at = 0; at < shown.length; ) {
    const [page, next] = shown.slice(at, at + 2);
    const single =
      alone > 0 || next === undefined || isWide(book.size(page)) || isWide(book.size(next));
    cut.push(single ? [page] : [page, next]);
    at += single ? 1 : 2;
    alone = Math.max(0, alone - 1);
  }
  return cut;
}

/** The index of the view that shows a page, or the one it would stand before. */
export function viewOf(cut, page) {
  const found = cut.findIndex((pages) => pages[pages.length - 1] >= page);
  return found < 0 ? cut.length - 1 : found;
}
