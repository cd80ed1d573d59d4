// "Scan library", in the menu and where a library is empty. With Shift, or by a button of its own, it
// asks first and looks at every file again.

import { send, sentence } from "./api.js";
import { confirm } from "./dialog.js";
import { closeMenu } from "./menu.js";
import { at } from "./root.js";
import { toast } from "./toast.js";

const TO_PROGRESS = { href: at("/progress"), words: "See progress" };

export function prepareScanButtons() {
  for (const button of document.querySelectorAll("[data-scan]")) {
    button.addEventListener("click", (event) => {
      closeMenu();
      if (event.shiftKey || button.dataset.scan === "full") scanFully();
      else scan(at("/api/scan"), {});
    });
  }
}

async function scanFully() {
  const agreed = await confirm({
    heading: "Scan everything again?",
    text:
      "A full rescan looks at every file, also in folders that have not changed, and tries " +
      "again what failed. It takes longer than a scan. What you have read stays as it is.",
    agree: "Full rescan",
  });
  if (agreed) await scan(at("/api/rescan"), {});
}

async function scan(address, body) {
  try {
    const answer = await send("POST", address, body);
    if (answer.ok) {
      toast("The scan has begun.", TO_PROGRESS);
      document.dispatchEvent(new CustomEvent("longbox:scan"));
    } else {
      toast(await sentence(answer), answer.status === 409 ? TO_PROGRESS : undefined);
    }
  } catch {
    toast("The server cannot be reached. Is Longbox running?");
  }
}
