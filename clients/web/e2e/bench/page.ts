/**
 * What the measurements do inside of the page. Each function is sent there by itself, so it names nothing outside.
 * Times are the page's own: from the browser's stamp on the event to the task after the frame that shows the result.
 */

/** What one walk along a chat has seen. */
export interface Walk {
  frames: number;
  /** Frames in which a part of the window had neither a message nor the end of what is loaded. */
  blank: number;
  /** The largest such gap, px. */
  gap: number;
  /** Frames spent at the end of what was loaded, waiting for more. */
  waits: number;
  /** Frames in which a message did not move by what was scrolled, and by how much at most, px. */
  jumps: number;
  jump: number;
  /** Most messages in the page at once. */
  rows: number;
  ms: number;
  reached: boolean;
}

/** Clicks chats one after another; how long each took until its newest message was painted, ms. */
export async function switchChats(visits: readonly { id: string; text: string }[]): Promise<number[]> {
  const painted = (text: string): Promise<number> =>
    new Promise((resolve) => {
      const look = () => {
        const log = document.querySelector("[data-timeline]");
        const last = [...(log?.querySelectorAll("[data-seq]") ?? [])].at(-1);
        const box = last?.getBoundingClientRect();
        const view = log?.getBoundingClientRect();
        if (!box || !view || !last?.textContent?.includes(text) || box.bottom > view.bottom + 1 || box.top < view.top) return void requestAnimationFrame(look);
        // A task posted from the frame runs once that frame is drawn.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      };
      requestAnimationFrame(look);
    });
  const times: number[] = [];
  for (const { id, text } of visits) {
    const link = document.querySelector<HTMLAnchorElement>(`a[href="/c/${id}"]`);
    if (!link) throw new Error(`no chat ${id} in the list`);
    let clicked = 0;
    window.addEventListener("click", (event) => (clicked = event.timeStamp), { once: true, capture: true });
    link.click();
    times.push((await painted(text)) - clicked);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  return times;
}

/** Scrolls by `step` pixels a frame until the message `to` is in the window, looking at every frame as it was drawn. */
export async function walk({ to, step, patience }: { to: number; step: number; patience: number }): Promise<Walk> {
  const PADDING = { top: 88, bottom: 12 };
  const log = document.querySelector<HTMLElement>("[data-timeline]")!;
  const seen: Walk = { frames: 0, blank: 0, gap: 0, waits: 0, jumps: 0, jump: 0, rows: 0, ms: 0, reached: false };
  const begun = performance.now();
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  // The list measures its rows after the callbacks of a frame and before it is drawn, by an observer of sizes. One that
  // was made later is called after it: what it sees is what is drawn.
  const probe = document.body.appendChild(document.createElement("div"));
  Object.assign(probe.style, { position: "fixed", top: "0", width: "1px", height: "1px", visibility: "hidden" });
  let settled: () => void = () => undefined;
  const observer = new ResizeObserver(() => settled());
  observer.observe(probe);
  await frame();
  const drawn = () =>
    new Promise<void>((resolve) => {
      settled = resolve;
      probe.style.width = probe.style.width === "1px" ? "2px" : "1px";
    });
  // A hand takes over from whatever still holds the place the chat was opened at, and comes a moment after its opening.
  log.dispatchEvent(new WheelEvent("wheel"));
  for (let frames = 0; frames < 40; frames++) await frame();
  const atEnd = () => (step < 0 ? log.scrollTop <= 0 : log.scrollTop + log.clientHeight >= log.scrollHeight - 1);
  let [before, moved, furthest] = [new Map<string, number>(), performance.now(), step < 0 ? Infinity : -Infinity];
  while (!seen.reached && performance.now() - moved < patience) {
    await frame();
    if (atEnd()) seen.waits++;
    const from = log.scrollTop;
    log.scrollTop = from + step;
    const scrolled = log.scrollTop - from;
    await drawn();

    const view = log.getBoundingClientRect();
    const rows = [...log.querySelectorAll<HTMLElement>("[data-index]")].map((row) => {
      const article = row.querySelector<HTMLElement>("[data-seq]");
      const { top, bottom } = row.getBoundingClientRect();
      return { key: article?.dataset["key"] ?? "", seq: Number(article?.dataset["seq"]), top, bottom };
    });
    rows.sort((a, b) => a.top - b.top);
    const visible = rows.filter(({ top, bottom }) => bottom > view.top && top < view.bottom);
    seen.frames++;
    seen.rows = Math.max(seen.rows, rows.length);

    // Everything in the window is covered, but for the list's own margin at the ends of what is loaded.
    let covered = view.top + Math.max(0, PADDING.top - log.scrollTop);
    const bottom = view.bottom - Math.max(0, PADDING.bottom - (log.scrollHeight - log.clientHeight - log.scrollTop));
    let gap = 0;
    for (const row of visible) {
      gap = Math.max(gap, row.top - covered);
      covered = Math.max(covered, row.bottom);
    }
    gap = Math.max(gap, bottom - covered);
    if (gap > 1) seen.blank++;
    seen.gap = Math.max(seen.gap, gap);

    // What was in the window has moved by what was scrolled. Half a pixel comes from rounding, on each side.
    const off = Math.max(0, ...visible.map(({ key, top }) => Math.abs((before.get(key) ?? top + scrolled) - top - scrolled)));
    if (off > 1.5) seen.jumps++;
    seen.jump = Math.max(seen.jump, off);
    before = new Map(visible.map(({ key, top }) => [key, top]));

    const seqs = visible.map(({ seq }) => seq);
    const edge = step < 0 ? Math.min(...seqs) : Math.max(...seqs);
    if (step < 0 ? edge < furthest : edge > furthest) [furthest, moved] = [edge, performance.now()];
    seen.reached = seqs.includes(to) && atEnd();
  }
  seen.ms = performance.now() - begun;
  observer.disconnect();
  probe.remove();
  return seen;
}

/** Notes when the first message was painted; to be put in before the page's own scripts. */
export function noteFirstMessage(): void {
  const look = () => {
    if (document.querySelector("[data-timeline] [data-seq]") === null) return void requestAnimationFrame(look);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => ((window as unknown as { firstMessage?: number }).firstMessage = performance.now());
    port2.postMessage(null);
  };
  requestAnimationFrame(look);
}
