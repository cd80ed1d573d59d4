// What every page has: the menu, the theme, the scan button and the pill that tells of a scan.

import { prepareMenu } from "./menu.js";
import { prepareNotices } from "./notices.js";
import { prepareOffline } from "./offline/start.js";
import { prepareScanButtons } from "./scan-button.js";
import { prepareScanPill } from "./scan-pill.js";
import { prepareTheme } from "./theme.js";

prepareMenu();
prepareNotices();
prepareOffline();
prepareScanButtons();
prepareScanPill();
prepareTheme();

// Of a row of chips that scrolls sideways, the chosen one is seen.
for (const chosen of document.querySelectorAll(".one-line [aria-current]")) {
  const row = chosen.closest(".one-line");
  const [box, room] = [chosen.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += box.left - room.left - (room.width - box.width) / 2;
}
