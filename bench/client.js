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

  /** When the frame that shows what is there now has been painted: a message that is sent in it comes behind it. */
  const painted = async () => {
    await frame();
    const { port1, port2 } = new MessageChannel();
    const message = new Promise((resolve) => (port1.onmessage = resolve));
    port2.postMessage(null);
    await message;
  };

  /** Until nothing is left to do, as before a person's next click. */
  const idle = () => new Promise((resolve) => requestIdleCallback(resolve));
  const rest = async () => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    await idle();
  };

  /** From the click on a channel to the paint of its newest message; `asked` of it the request for its messages took. */
  async function go(name) {
    const button = [...document.querySelectorAll("nav li button")].find((each) => each.innerText.trim() === name);
    await rest();
    performance.clearResourceTimings();
    const began = performance.now();
    button.click();
    while (!log()?.getAttribute("aria-label").includes(name) || !rows().length) await frame();
    await painted();
    const ended = performance.now();
    const requests = performance.getEntriesByType("resource").filter((each) => /\/messages(\?|$)/.test(each.name));
    const asked = requests[0] ? requests[0].responseEnd - requests[0].requestStart : 0;
    return { ms: ended - began, asked };
  }

  /** Scrolls towards the past, a step in each frame, until so many messages have passed. */
  async function scroll(step, until) {
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((each) => each.duration)));
    observer.observe({ type: "longtask" });
    const frames = [];
    let before = await frame();
    const list = log();
    while (numberOf(list.querySelector("article")) > until) {
      list.scrollTop -= step;
      const now = await frame();
      frames.push(now - before);
      before = now;
    }
    observer.disconnect();
    return { frames, tasks };
  }

  /** From the click on the line above the newest message, a reply, to the paint of what it answers. */
  async function jump(number) {
    const quote = [...rows().at(-1).querySelectorAll("button")].find((each) => each.innerText.includes(`message ${number}.`));
    const began = performance.now();
    quote.click();
    while (!rows().some((row) => numberOf(row) === number - 1)) await frame();
    await painted();
    return performance.now() - began;
  }

  /** Back to the newest message. */
  async function toPresent(newest) {
    log().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    while (numberOf(rows().at(-1)) !== newest) await frame();
  }

  window.bench = { firstMessage, go, scroll, jump, toPresent };
})();
