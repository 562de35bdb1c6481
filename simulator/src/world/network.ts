import type { Random } from '@ollama-coordinator/common';
import type { EventClock } from '../time/event-clock.js';

/** What one end of a connection is told. */
export interface Listener {
  /** The other end closed, or the connection broke. */
  readonly onClosed: (code: string) => void;
}

/** A TCP connection between a replica and an agent: what is sent one way arrives late but in order, or the connection breaks. */
export interface Connection {
  readonly replica: string;
  toServer(run: () => void): void;
  toClient(run: () => void): void;
  /** One end goes; it hears nothing more. The other learns of it as soon as the network lets it. */
  close(end: End, code?: string): void;
  /** Something between the two breaks it: both learn of it. */
  break(): void;
  listen(end: End, listener: Listener): void;
  isOpen(end: End): boolean;
}

export type End = 'client' | 'server';

/** An agent as the network sees it. */
export interface Host {
  /** False: nobody listens there. */
  isListening(): boolean;
}

export interface Network {
  connect(replica: string, agent: string): Connection;
  /** Nothing passes between the two from here on, and neither is told. */
  mute(replica: string, agent: string): void;
  /** What was sent meanwhile arrives, or the connection breaks. */
  unmute(replica: string, agent: string): void;
  /** Nothing passes to or from the agent, whoever asks, until it rejoins. */
  isolate(agent: string): void;
  rejoin(agent: string): void;
  /** Breaks every connection between the two. */
  cut(replica: string, agent: string): void;
  /** A process is gone, and its machine says so to whoever was connected. */
  died(end: End, name: string): void;
  /** For what is no connection: whether a message passes at this moment. */
  passes(replica: string, agent: string): boolean;
  /** One such message: it arrives some time later, or never; one after another. */
  deliver(replica: string, agent: string, run: () => void): void;
  delayMs(): number;
}

interface Link {
  /** Faults that keep it mute at this moment; they may overlap. */
  mutes: number;
  /** What arrived meanwhile, in order. */
  readonly held: (() => void)[];
  /** When the last message that is no connection arrives. */
  deliveredMs: number;
  readonly connections: Set<Connection>;
}

const SPIKE_SHARE = 0.02;

/** Mostly a local network, now and then a message that takes its time: `mostMs` at the very most. */
export function delayWithSpikes(random: Random, mostMs = 65): () => number {
  return () => (random() < SPIKE_SHARE ? 5 + (mostMs - 5) * random() : 0.2 + 2 * random());
}

export function createNetwork(clock: EventClock, random: Random, delayMs: () => number = delayWithSpikes(random)): Network {
  const links = new Map<string, Link>();
  const isolated = new Map<string, number>();
  const linkOf = (replica: string, agent: string): Link => {
    const key = `${replica} ${agent}`;
    const link = links.get(key) ?? { mutes: isolated.get(agent) ?? 0, held: [], deliveredMs: 0, connections: new Set() };
    links.set(key, link);
    return link;
  };
  function unmute(link: Link): void {
    link.mutes -= 1;
    if (link.mutes > 0) return;
    if (random() < 0.5) for (const connection of [...link.connections]) connection.break();
    clock.at(clock.nowMs() + 1, () => passHeld(link));
  }
  /** One after another; what is sent meanwhile stands behind. */
  function passHeld(link: Link): void {
    if (link.mutes > 0) return;
    link.held.shift()?.();
    if (link.held.length > 0) clock.at(clock.nowMs(), () => passHeld(link));
  }

  return {
    connect: (replica, agent) => openConnection({ replica, link: linkOf(replica, agent), clock, delayMs }),
    mute: (replica, agent) => {
      linkOf(replica, agent).mutes += 1;
    },
    unmute: (replica, agent) => unmute(linkOf(replica, agent)),
    isolate: (agent) => {
      isolated.set(agent, (isolated.get(agent) ?? 0) + 1);
      for (const [key, link] of links) if (key.endsWith(` ${agent}`)) link.mutes += 1;
    },
    rejoin: (agent) => {
      isolated.set(agent, (isolated.get(agent) ?? 1) - 1);
      for (const [key, link] of links) if (key.endsWith(` ${agent}`)) unmute(link);
    },
    cut: (replica, agent) => {
      for (const connection of [...linkOf(replica, agent).connections]) connection.break();
    },
    died: (end, name) => {
      for (const [key, { connections }] of links) {
        const [replica, agent] = key.split(' ');
        if ((end === 'client' ? replica : agent) === name) for (const connection of [...connections]) connection.close(end, 'ECONNRESET');
      }
    },
    passes: (replica, agent) => linkOf(replica, agent).mutes === 0,
    deliver: (replica, agent, run) => {
      const link = linkOf(replica, agent);
      link.deliveredMs = Math.max(link.deliveredMs, clock.nowMs()) + delayMs();
      clock.at(link.deliveredMs, () => link.mutes === 0 && run());
    },
    delayMs,
  };
}

interface ConnectionDeps {
  readonly replica: string;
  readonly link: Link;
  readonly clock: EventClock;
  readonly delayMs: () => number;
}

function openConnection({ replica, link, clock, delayMs }: ConnectionDeps): Connection {
  const ends = {
    client: { isOpen: true, lastMs: 0, listener: undefined as Listener | undefined },
    server: { isOpen: true, lastMs: 0, listener: undefined as Listener | undefined },
  };
  function send(to: End, run: () => void): void {
    const end = ends[to];
    end.lastMs = Math.max(end.lastMs, clock.nowMs() + delayMs());
    clock.at(end.lastMs, () => {
      if (link.mutes > 0 || link.held.length > 0) link.held.push(run);
      else run();
    });
  }
  function tellClosed(to: End, code: string): void {
    send(to, () => {
      link.connections.delete(connection);
      if (!ends[to].isOpen) return;
      ends[to].isOpen = false;
      ends[to].listener?.onClosed(code);
    });
  }
  const connection: Connection = {
    replica,
    toServer: (run) => send('server', () => ends.server.isOpen && run()),
    toClient: (run) => send('client', () => ends.client.isOpen && run()),
    close: (from, code = 'ECONNRESET') => {
      const other: End = from === 'client' ? 'server' : 'client';
      if (!ends[from].isOpen) return;
      ends[from].isOpen = false;
      tellClosed(other, code);
    },
    break: () => {
      tellClosed('client', 'ECONNRESET');
      tellClosed('server', 'ECONNRESET');
    },
    listen: (end, listener) => {
      ends[end].listener = listener;
    },
    isOpen: (end) => ends[end].isOpen,
  };
  link.connections.add(connection);
  return connection;
}
