import type { Browser, Page } from 'playwright-core';

/** One task of the page's main thread. */
export interface PageTask {
  /** Milliseconds of processor time: a machine that is busy otherwise does not count. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** What it did longest, as `FunctionCall 12 ms, Layout 8 ms`. */
  readonly what: string;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string; readonly data?: { readonly url?: unknown } };
}

const TASK = 'ThreadControllerImpl::RunTask';
const SHOWN = 4;

/** The tasks of the page's main thread while `during` runs, as the browser itself traced them; the longest first. */
export async function traceTasks(browser: Browser, page: Page, during: () => Promise<void>): Promise<readonly PageTask[]> {
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'v8', 'blink', '__metadata'] });
  await during();
  const trace = await browser.stopTracing();
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { readonly traceEvents: readonly TraceEvent[] };
  const events = ofPage(traceEvents, new URL(page.url()).origin);
  const tasks = events.filter(({ name, ph }) => name === TASK && ph === 'X');
  return tasks
    .map((task) => ({ cpuMs: (task.tdur ?? task.dur ?? 0) / 1000, wallMs: (task.dur ?? 0) / 1000, what: '', task }))
    .sort((one, other) => other.cpuMs - one.cpuMs)
    .map(({ task, ...figures }, index) => (index < SHOWN ? { ...figures, what: partsOf(task, events) } : figures));
}

/** What the main thread did that ran the scripts of that origin: the browser has pages of its own. */
function ofPage(events: readonly TraceEvent[], origin: string): readonly TraceEvent[] {
  const isOurs = ({ args }: TraceEvent) => typeof args?.data?.url === 'string' && args.data.url.startsWith(origin);
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const byMain = mains.map(({ pid, tid }) => events.filter((event) => event.pid === pid && event.tid === tid && event.ph === 'X'));
  const ours = byMain.find((of) => of.some(isOurs));
  if (ours === undefined) throw new Error(`the trace holds no task of a page of ${origin}`);
  return ours;
}

function partsOf({ ts, dur = 0 }: TraceEvent, events: readonly TraceEvent[]): string {
  const spent = new Map<string, number>();
  for (const event of events) {
    if (event.name === TASK || event.ts < ts || event.ts + (event.dur ?? 0) > ts + dur) continue;
    spent.set(event.name, (spent.get(event.name) ?? 0) + (event.tdur ?? event.dur ?? 0) / 1000);
  }
  return [...spent]
    .sort(([, one], [, other]) => other - one)
    .slice(0, SHOWN)
    .map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`)
    .join(', ');
}
