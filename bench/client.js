// What the benchmark of the web client asks the page to do, and measures from inside of it. Times are milliseconds.
(() => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const log = () => document.querySelector("[role=log]");
  const rows = () => [...(log()?.querySelectorAll("article") ?? [])];
  const numberOf = (row) => Number(/message (\d+)\./.exec(row?.querySelector(".content")?.textContent)?.[1] ?? -1);

  /** When the first message had been painted, counted from the beginning of the page's load. */
  const firstMessage = new Promise((resolve) => {
    const look = async () => {
      if (!rows().length) return false;
      observer.disconnect();
      await frame();
      await frame();
      resolve(performance.now());
      return true;
    };
    const observer = new MutationObserver(() => void look());
    observer.observe(document, { childList: true, subtree: true });
  });

  /** From the click on a channel to the paint of its newest message. */
  async function go(name) {
    const button = [...document.querySelectorAll("nav li button")].find((each) => each.innerText.trim() === name);
    const began = performance.now();
    button.click();
    while (!log()?.getAttribute("aria-label").includes(name) || !rows().length) await frame();
    await frame();
    return performance.now() - began;
  }

  /** Scrolls towards the past, a step in each frame, until so many messages have passed. */
  async function scroll(step, until) {
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((each) => each.duration)));
    observer.observe({ type: "longtask" });
    const frames = [];
    let most = 0;
    let waited = 0;
    let before = await frame();
    for (let oldest = numberOf(rows()[0]); oldest > until; oldest = numberOf(rows()[0])) {
      if (log().scrollTop < 1) waited += 1;
      log().scrollTop -= step;
      const now = await frame();
      frames.push(now - before);
      before = now;
      most = Math.max(most, rows().length);
    }
    observer.disconnect();
    return { frames, tasks, most, waited };
  }

  /** From the click on the line above the newest message, a reply, to the paint of what it answers. */
  async function jump(number) {
    const quote = [...rows().at(-1).querySelectorAll("button")].find((each) => each.innerText.includes(`message ${number}.`));
    const began = performance.now();
    quote.click();
    while (!rows().some((row) => numberOf(row) === number - 1)) await frame();
    await frame();
    return performance.now() - began;
  }

  /** Back to the newest message. */
  async function toPresent(newest) {
    log().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    while (numberOf(rows().at(-1)) !== newest) await frame();
  }

  window.bench = { firstMessage, go, scroll, jump, toPresent };
})();
