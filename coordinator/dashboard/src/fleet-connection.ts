import type { DashboardMessage } from '@ollama-coordinator/common';
import { applyMessage, type PageState } from '../../src/dashboard/page-state.js';
import { ask } from './ask.js';
import { type Samples, Telemetry } from './fleet/telemetry.js';
import { signIn } from './session.js';

export type ConnectionStatus = 'connecting' | 'live' | 'reconnecting' | 'key-needed' | 'refused';

/** What the page shows: the connection's state, and the fleet as last told. */
export interface View {
  readonly status: ConnectionStatus;
  readonly fleet: PageState | undefined;
  /** How the agents fared lately, as this page saw it. */
  readonly samples: Samples;
  /** Add to this machine's clock to get the coordinator's. */
  readonly clockOffsetMs: number;
  /** Why a key is asked for, or the connection refused. */
  readonly keyProblem: string | undefined;
}

const SOCKET_PATH = '/ws/dashboard';
/** Needs the same scope as the socket, and answers in a few bytes. */
const PROBE_PATH = '/api/coordinator/stats';
const SUBPROTOCOL = 'ollama-coordinator';
/** The coordinator sends something every 5 s. */
const SILENCE_MS = 12_000;
const SAMPLE_TURN_MS = 1000;
const FIRST_RETRY_MS = 300;
const LAST_RETRY_MS = 5000;

/** Keeps one WebSocket to the coordinator open: reconnects with growing pauses, after silence, and when a change was missed. */
export class FleetConnection {
  readonly #onView: (view: View) => void;
  #view: View = { status: 'connecting', fleet: undefined, samples: new Map(), clockOffsetMs: 0, keyProblem: undefined };
  readonly #telemetry = new Telemetry();
  #sampling: number | undefined;
  #socket: WebSocket | undefined;
  #timer: number | undefined;
  #failures = 0;
  readonly #retryNow = () => {
    if (this.#view.status === 'reconnecting' && document.visibilityState === 'visible') this.#open();
  };

  constructor({ onView }: { onView: (view: View) => void }) {
    this.#onView = onView;
  }

  start(): void {
    document.addEventListener('visibilitychange', this.#retryNow);
    window.addEventListener('online', this.#retryNow);
    this.#sampling = window.setInterval(() => this.#sample(), SAMPLE_TURN_MS);
    this.#open();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.#retryNow);
    window.removeEventListener('online', this.#retryNow);
    clearInterval(this.#sampling);
    this.#drop();
  }

  /** Signs in with the key that a person typed, and connects. The key is not kept. */
  async offerKey(key: string): Promise<void> {
    this.#show({ status: 'connecting', keyProblem: undefined });
    const answer = await signIn(key);
    if (answer.ok) this.#open();
    else this.#askForKey(answer.problem);
  }

  /** Connects again as somebody else, or as nobody. */
  reconnect(): void {
    this.#show({ status: 'connecting', fleet: undefined });
    this.#open();
  }

  #open(): void {
    this.#drop();
    const socket = new WebSocket(new URL(SOCKET_PATH, location.href.replace(/^http/, 'ws')), [SUBPROTOCOL]);
    this.#socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#failures = 0;
      this.#expectMessage();
    };
    socket.onmessage = ({ data }) => this.#receive(String(data));
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#retryLater();
      if (!opened) void this.#explainRefusal(socket);
    };
  }

  #receive(text: string): void {
    const message = JSON.parse(text) as DashboardMessage;
    const fleet = applyMessage(this.#view.fleet, message);
    if (fleet === undefined) {
      this.#open();
      return;
    }
    this.#expectMessage();
    this.#telemetry.receive(message);
    this.#show({ status: 'live', fleet, clockOffsetMs: Date.parse(message.at) - Date.now(), keyProblem: undefined });
  }

  #sample(): void {
    const { status, fleet } = this.#view;
    if (status === 'live' && fleet !== undefined) this.#show({ samples: this.#telemetry.sample(fleet) });
  }

  #expectMessage(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.#drop();
      this.#retryLater();
    }, SILENCE_MS);
  }

  #retryLater(): void {
    this.#drop();
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LAST_RETRY_MS) * (0.75 + Math.random() / 2);
    this.#failures += 1;
    this.#timer = window.setTimeout(() => this.#open(), delayMs);
    if (this.#view.status !== 'refused') this.#show({ status: 'reconnecting' });
  }

  /** A browser does not tell why a WebSocket was refused, so a plain request asks as the same person. */
  async #explainRefusal(refused: WebSocket): Promise<void> {
    const answer = await ask(PROBE_PATH);
    if (answer.ok || this.#view.status === 'live' || (this.#socket !== undefined && this.#socket !== refused)) return;
    if (answer.status === 401) this.#askForKey(undefined);
    else if (answer.status === 403) this.#show({ status: 'refused', keyProblem: answer.problem });
  }

  #askForKey(problem: string | undefined): void {
    this.#drop();
    this.#show({ status: 'key-needed', fleet: undefined, keyProblem: problem });
  }

  #drop(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #show(part: Partial<View>): void {
    this.#view = { ...this.#view, ...part };
    this.#onView(this.#view);
  }
}
