// The theme of the pages that the service worker keeps, which know no user: the device's cookie has
// it. A script that the page waits for, so that it does not flash.

{
  const themes = JSON.parse(document.currentScript.dataset.themes);
  const chosen = /(?:^|; )theme=(\w+)/.exec(document.cookie)?.[1];
  if (chosen in themes) {
    const [, light, contrast] = themes[chosen];
    document.getElementById("light-theme").media = light;
    document.getElementById("contrast-theme").media = contrast;
  }
}
