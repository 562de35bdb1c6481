import { AppError, DASHBOARD_PROTOCOL, dashboardMessageSchema } from '@ollama-coordinator/common';
import { WebSocket } from 'ws';
import { applyMessage, type PageState } from '../dashboard/page-state.js';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { drawTop } from './draw-top.js';
import type { Screen } from './watch-job.js';

const DRAWN_EVERY_MS = 500;
const AGAIN_MS = 1000;
const OTHER_SCREEN = '\x1b[?1049h\x1b[?25l';
const FORMER_SCREEN = '\x1b[?25h\x1b[?1049l';

/** `ollama-coordinator top`: what the dashboard shows, live in a terminal, until Ctrl+C; once where the output is no terminal. */
export async function showTop(flags: Flags, env: Env): Promise<number> {
  // Says what is wrong (no coordinator, no right) in a sentence, which a refused WebSocket does not.
  await askCoordinator('/api/coordinator/stats', flags, env);
  if (!process.stdout.isTTY) return drawOnce(flags, env, process.stdout);
  process.stdout.write(OTHER_SCREEN);
  process.once('SIGINT', () => {
    process.stdout.write(FORMER_SCREEN);
    process.exit(0);
  });
  for (;;) {
    await follow(flags, env, process.stdout);
    await new Promise<void>((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

async function drawOnce(flags: Flags, env: Env, screen: Screen): Promise<number> {
  const socket = open(flags, env);
  const fleet = await new Promise<PageState>((resolve, reject) => {
    socket.once('error', (cause) =>
      reject(new AppError('BAD_REQUEST', { details: { reason: `the live view ended: ${cause.message}` }, cause })),
    );
    socket.once('message', (data) => {
      const state = applyMessage(undefined, dashboardMessageSchema.parse(JSON.parse(String(data))));
      if (state !== undefined) resolve(state);
    });
  });
  socket.close();
  screen.write(`${drawTop(fleet, Date.now(), { columns: screen.columns ?? 200, rows: screen.rows ?? 60 }).join('\n')}\n`);
  return 0;
}

/** Draws until the connection ends. */
function follow(flags: Flags, env: Env, screen: Screen): Promise<void> {
  const socket = open(flags, env);
  let fleet: PageState | undefined;
  let offsetMs = 0;
  const draw = () => {
    const { columns = 80, rows = 24 } = screen;
    if (fleet !== undefined)
      screen.write(
        `\x1b[H${drawTop(fleet, Date.now() + offsetMs, { columns, rows })
          .map((line) => `${line}\x1b[K\r\n`)
          .join('')}\x1b[0J`,
      );
  };
  const drawing = setInterval(draw, DRAWN_EVERY_MS);
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      const message = dashboardMessageSchema.parse(JSON.parse(String(data)));
      fleet = applyMessage(fleet, message);
      offsetMs = Date.parse(message.at) - Date.now();
      // A change was missed: the next connection begins with a snapshot.
      if (fleet === undefined) socket.terminate();
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      clearInterval(drawing);
      resolve();
    });
  });
}

function open({ url, key }: Flags, env: Env): WebSocket {
  const base = url ?? `http://${env.COORDINATOR_HOST ?? '127.0.0.1'}:${env.COORDINATOR_PORT ?? '8080'}`;
  const apiKey = key ?? env.COORDINATOR_API_KEY;
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  return new WebSocket(`${base.replace(/^http/, 'ws').replace(/\/$/, '')}/ws/dashboard`, DASHBOARD_PROTOCOL, { headers });
}
