import { EventEmitter } from 'node:events';
import type { DashboardMessage } from '@ollama-coordinator/common';
import type { WebSocket } from 'ws';

/** What the hub asks of a socket, written down. */
export class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  pings = 0;
  /** A page that is gone answers no ping. */
  answersPings = true;
  terminated = false;
  closedWith: number | undefined;
  readonly payloads: string[] = [];

  get asWebSocket(): WebSocket {
    return this as unknown as WebSocket;
  }
  get messages(): DashboardMessage[] {
    return this.payloads.map((payload) => JSON.parse(payload));
  }
  send(payload: string): void {
    this.payloads.push(payload);
  }
  ping(): void {
    this.pings += 1;
    if (this.answersPings) this.emit('pong');
  }
  close(code: number): void {
    this.closedWith = code;
  }
  terminate(): void {
    this.terminated = true;
    this.readyState = 3;
    this.emit('close');
  }
}
