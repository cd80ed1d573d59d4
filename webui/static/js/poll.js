// Looks at something again and again while somebody looks at the page.

const SECONDS = 3;

/** Call `look` every 3 s, except while the page is hidden, until it answers false. One that throws is
 * called again, too: what it met may pass. */
export function keepLooking(look) {
  let waiting = null;
  let looking = false;
  const again = async () => {
    waiting = null;
    if (document.hidden) return;
    looking = true;
    let goesOn = true;
    try {
      goesOn = (await look()) !== false;
    } finally {
      looking = false;
      if (goesOn) waiting = setTimeout(again, SECONDS * 1000);
      else document.removeEventListener("visibilitychange", onVisible);
    }
  };
  const onVisible = () => {
    if (!document.hidden && waiting === null && !looking) again();
  };
  document.addEventListener("visibilitychange", onVisible);
  waiting = setTimeout(again, SECONDS * 1000);
}
