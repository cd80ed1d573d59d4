// What every page has: the menu, the theme, the scan button and the pill that tells of a scan.

import { prepareMenu } from "./menu.js";
import { prepareOffline } from "./offline/start.js";
import { prepareScanButtons } from "./scan-button.js";
import { prepareScanPill } from "./scan-pill.js";
import { prepareTheme } from "./theme.js";

prepareMenu();
prepareOffline();
prepareScanButtons();
prepareScanPill();
prepareTheme();
