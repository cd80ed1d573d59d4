// What every page has: the menu, the theme and the scan button.

import { prepareMenu } from "./menu.js";
import { prepareScanButton } from "./scan-button.js";
import { prepareTheme } from "./theme.js";

prepareMenu();
prepareScanButton();
prepareTheme();
