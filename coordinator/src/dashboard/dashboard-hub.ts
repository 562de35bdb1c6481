import type { Logger, Request, Timer } from '@ollama-coordinator/common';
import type { WebSocket } from 'ws';
import { createDashboardFeed, type DashboardFeedDeps } from './dashboard-feed.js';
import { createViewer, type Payload, type Viewer } from './viewer.js';

/** Least time between two changes. The first one after a quiet time goes out at once. */
export const CHANGE_PERIOD_MS = 250;
const TICK_MS = 1000;
const GOING_AWAY = 1001;

/** `redisState` is read at least once a second while someone watches. */
export interface DashboardHubDeps extends DashboardFeedDeps {
  readonly log: Logger;
}

export interface DashboardHub {
  /** Takes an open, authorised socket: a snapshot goes out in the same turn, then changes, as long as `mayStay`. */
  connect(socket: WebSocket, mayStay?: () => boolean): void;
  /** Tells the pages what became of a request; called whenever its status changes. Cheap: nothing is sent in the same turn. */
  requestChanged(request: Request): void;
  /** The request is shown no longer: nobody knows how it ended. */
  forgetRequest(id: string): void;
  /** What is shown, the oldest first. */
  requests(): Iterable<Request>;
  /** Pages that are open. */
  viewers(): number;
  /** Ends every connection with 1001 and stops watching the fleet. */
  close(): void;
}

/** Sends every open dashboard what changes in the fleet: one serialisation for all, at most four changes a second. */
export function createDashboardHub({ log, ...deps }: DashboardHubDeps): DashboardHub {
  const { clock } = deps;
  const viewers = new Set<Viewer>();
  const feed = createDashboardFeed(deps, schedule);
  let publishedAtMs = Number.NEGATIVE_INFINITY;
  let pending: Timer | undefined;
  let ticking: Timer | undefined;

  const snapshot = (): Payload => JSON.stringify(feed.snapshot());

  function schedule(): void {
    if (viewers.size === 0 || pending !== undefined) return;
    pending = clock.setTimeout(publish, Math.max(0, publishedAtMs + CHANGE_PERIOD_MS - clock.monotonic()));
  }

  function publish(): void {
    pending = undefined;
    const change = feed.nextChange();
    if (change === undefined) return;
    publishedAtMs = clock.monotonic();
    const payload = JSON.stringify(change);
    for (const viewer of viewers) viewer.send(payload, snapshot);
  }

  function tick(): void {
    if (feed.due()) schedule();
    for (const viewer of viewers) viewer.tick(snapshot);
  }

  function rest(): void {
    ticking?.cancel();
    pending?.cancel();
    ticking = pending = undefined;
  }

  return {
    connect(socket, mayStay = () => true) {
      if (viewers.size === 0) {
        // Nobody was told anything meanwhile: what piled up becomes part of this first snapshot.
        feed.nextChange();
        ticking = clock.setInterval(tick, TICK_MS);
      }
      const viewer = createViewer(socket, clock, mayStay);
      viewers.add(viewer);
      socket.on('error', (error) => log.debug({ err: error }, 'dashboard connection failed'));
      socket.on('close', () => {
        viewers.delete(viewer);
        log.debug({ viewers: viewers.size }, 'dashboard disconnected');
        if (viewers.size === 0) rest();
      });
      log.debug({ viewers: viewers.size }, 'dashboard connected');
      socket.send(snapshot(), () => {});
    },
    requestChanged: (request) => feed.requestChanged(request),
    forgetRequest: (id) => feed.forgetRequest(id),
    requests: () => feed.requests(),
    viewers: () => viewers.size,
    close() {
      feed.close();
      for (const viewer of viewers) viewer.close(GOING_AWAY, 'the coordinator is stopping');
      rest();
    },
  };
}
