// What the benchmark of the web client asks the page to do, and measures from inside of it. Times are milliseconds.
(() => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const log = () => [...document.querySelectorAll("[role=log]")].find((list) => list.checkVisibility());
  const rows = () => [...(log()?.querySelectorAll("article") ?? [])];
  const numberOf = (row) => Number(/message (\d+)\./.exec(row?.querySelector(".content")?.textContent)?.[1] ?? -1);

  /** Within a frame: when it has been painted. A task of this priority comes next, before what the page does later. */
  const behind = () => scheduler.postTask(() => undefined, { priority: "user-blocking" });

  /** When the first message had been painted, counted from the beginning of the page's load. */
  const firstMessage = new Promise((resolve) => {
    const look = async () => {
      if (!rows().length) return false;
      observer.disconnect();
      await frame();
      await behind();
      resolve(performance.now());
      return true;
    };
    const observer = new MutationObserver(() => void look());
    observer.observe(document, { childList: true, subtree: true });
  });

  /** When a page that is only a picture has been painted. */
  const firstPaint = async () => {
    await frame();
    await behind();
    return performance.now();
  };

  /** The longest tasks, and the sum of the layout shifts that no user's action caused, since the page's load began. */
  const started = { tasks: [], shift: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.entryType === "longtask") started.tasks.push(entry.duration);
      else if (!entry.hadRecentInput) started.shift += entry.value;
    }
  }).observe({ entryTypes: ["longtask", "layout-shift"] });

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
    do await frame();
    while (!log()?.getAttribute("aria-label").includes(name) || !rows().length);
    await behind();
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
    do await frame();
    while (!rows().some((row) => numberOf(row) === number - 1));
    await behind();
    return performance.now() - began;
  }

  /** Back to the newest message. */
  async function toPresent(newest) {
    log().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    while (numberOf(rows().at(-1)) !== newest) await frame();
  }

  window.bench = { firstMessage, firstPaint, started, go, scroll, jump, toPresent };
})();
