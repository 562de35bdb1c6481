import { randomUUID } from 'node:crypto';
import { type Clock, normalizeModelName, type RunnerReport, type Timer, type Wants } from '@ollama-coordinator/common';
import { type Admission, type AdmitRequest, admit, evicted, evictionFailed, loaded, release } from './admit.js';
import { mayClaim, updateClaims } from './claims.js';
import { createGateState, type GateRunner, type GateState, type Lease, reportRunners, type Ticket } from './gate-state.js';
import { issueGrants, nextExpiryMs, setWants, watchClosed, watchOpened } from './grants.js';
import { observeRunners, type RunningModel } from './observe.js';
import { otherOptionsOf } from './plan.js';

export interface SlotGateDeps {
  readonly clock: Clock;
  readonly slots: number;
  /** Called after every change of slots or runners, synchronously. */
  readonly onChange: () => void;
  readonly onGrant: (lease: Lease) => void;
  /** Unloads an idle model; resolves with whether it left Ollama's memory. Must not throw. */
  readonly unloadModel: (model: string) => Promise<boolean>;
}

/** How often it is asked whether somebody has waited long enough for a runner to be closed. */
const CLAIM_CHECK_MS = 500;

/** The gate in time: it runs leases out, hands grants out after each change, and has victims unloaded. */
export class SlotGate {
  readonly #deps: SlotGateDeps;
  readonly #state: GateState;
  #timer: Timer | undefined;

  constructor(deps: SlotGateDeps) {
    this.#deps = deps;
    this.#state = createGateState({ slots: deps.slots });
  }

  get draining(): boolean {
    return this.#state.draining;
  }

  get slots(): number {
    return this.#state.slots;
  }

  get maxRunners(): number | undefined {
    return this.#state.maxRunners;
  }

  get maxRunnerBytes(): number | undefined {
    return this.#state.maxRunnerBytes;
  }

  get inFlightCount(): number {
    let count = 0;
    for (const one of this.#state.inFlightByReplica.values()) count += one;
    return count;
  }

  inFlight(): Record<string, number> {
    return Object.fromEntries(this.#state.inFlightByReplica);
  }

  runners(): RunnerReport[] {
    return reportRunners(this.#state);
  }

  /** Lets a request through or not, at once. Where the ticket has victims, await makeRoom() before sending it. */
  admit(request: AdmitRequest): Admission {
    const admission = admit(this.#state, request, this.#deps.clock.monotonic());
    if (admission.admitted) this.#changed();
    return admission;
  }

  /** Unloads the ticket's victims. False: that failed, and the ticket is void. */
  async makeRoom(ticket: Ticket): Promise<boolean> {
    const { victims } = ticket;
    if (victims.length === 0) return true;
    const answers = await Promise.all(victims.map(({ model }) => this.#deps.unloadModel(model)));
    const gone = new Set(victims.filter((_, index) => answers[index]));
    const isRoom = gone.size === victims.length;
    if (isRoom) evicted(this.#state, ticket);
    else evictionFailed(this.#state, ticket, gone, this.#deps.clock.monotonic());
    this.#changed();
    return isRoom;
  }

  /** Ollama sent the first byte of its answer. */
  loaded(ticket: Ticket): void {
    if (ticket.runner?.state !== 'loading') return;
    loaded(ticket, this.#deps.clock.monotonic());
    this.#changed();
  }

  release(ticket: Ticket): void {
    if (ticket.released) return;
    release(this.#state, ticket, this.#deps.clock.monotonic());
    this.#changed();
  }

  setWants(replica: string, wants: Wants): void {
    setWants(this.#state, replica, wants, this.#deps.clock.monotonic());
    this.#grant();
  }

  watchOpened(replica: string): void {
    watchOpened(this.#state, replica);
    this.#grant();
  }

  watchClosed(replica: string): void {
    watchClosed(this.#state, replica);
    this.#grant();
  }

  /** Models that give way to no other, by name. */
  setPinned(models: ReadonlySet<string>): void {
    this.#state.pinned = models;
    this.#changed();
  }

  /** The runner of a model, whatever its load options. */
  runnerOf(model: string): GateRunner | undefined {
    return otherOptionsOf(this.#state, model);
  }

  setDraining(draining: boolean): void {
    if (this.#state.draining === draining) return;
    this.#state.draining = draining;
    this.#changed();
  }

  setLimits({ slots, maxRunners }: { slots: number; maxRunners: number | undefined }): void {
    this.#state.slots = slots;
    this.#state.maxRunners = maxRunners;
    this.#changed();
  }

  setMaxRunnerBytes(bytes: number | undefined): void {
    if (bytes === this.#state.maxRunnerBytes) return;
    this.#state.maxRunnerBytes = bytes;
    this.#changed();
  }

  /** What is on disk. */
  setModels(models: readonly { readonly name: string; readonly digest: string; readonly size_bytes: number }[]): void {
    this.#state.digests = new Map(models.map(({ name, digest }) => [normalizeModelName(name), digest]));
    this.#state.diskBytes = new Map(models.map(({ name, size_bytes }) => [normalizeModelName(name), size_bytes]));
    for (const name of this.#state.seenBytes.keys()) if (!this.#state.diskBytes.has(name)) this.#state.seenBytes.delete(name);
  }

  /** See observeRunners(); `askedMs` is monotonic. */
  observe(running: readonly RunningModel[], askedMs: number): void {
    if (observeRunners(this.#state, running, askedMs)) this.#changed();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #changed(): void {
    this.#deps.onChange();
    this.#grant();
  }

  #grant(): void {
    const { clock, onChange, onGrant } = this.#deps;
    const nowMs = clock.monotonic();
    const issue = () => {
      for (const lease of issueGrants(this.#state, nowMs, randomUUID)) onGrant(lease);
    };
    // First what is free: a runner that closed for a want is idle, and is granted to it, before it is asked who claims what.
    issue();
    if (updateClaims(this.#state, nowMs)) {
      onChange();
      issue();
    }
    const expiresMs = nextExpiryMs(this.#state) ?? Number.POSITIVE_INFINITY;
    const nextMs = Math.min(expiresMs, mayClaim(this.#state) ? nowMs + CLAIM_CHECK_MS : Number.POSITIVE_INFINITY);
    this.#timer?.cancel();
    this.#timer = nextMs === Number.POSITIVE_INFINITY ? undefined : clock.setTimeout(() => this.#grant(), Math.max(0, nextMs - nowMs));
  }
}
