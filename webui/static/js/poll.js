// Looks at something again and again while somebody looks at the page.

const SECONDS = 3;

/** Call `look` every 3 s, except while the page is hidden, until it answers false. */
export function keepLooking(look) {
  let waiting = null;
  const again = async () => {
    waiting = null;
    if (document.hidden) return;
    if ((await look()) !== false) waiting = setTimeout(again, SECONDS * 1000);
    else document.removeEventListener("visibilitychange", onVisible);
  };
  const onVisible = () => {
    if (!document.hidden && waiting === null) again();
  };
  document.addEventListener("visibilitychange", onVisible);
  waiting = setTimeout(again, SECONDS * 1000);
}
