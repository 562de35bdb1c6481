import type { Agent } from 'node:http';
import { createProxyServer } from 'http-proxy';
import type { AgentTarget } from './agent-target.js';
import type { AttemptSink } from './attempt-sink.js';

/** What one attempt sends. */
export interface Outgoing {
  readonly path: string;
  readonly stream: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends one request to an agent, and puts its answer into the sink. Rejects where the connection fails before that. */
export type Send = (outgoing: Outgoing, sink: AttemptSink, target: AgentTarget) => Promise<unknown>;

/**
 * By http-proxy, through that pool (its own has 256 sockets a host). It is told that we handle the response, or it would
 * copy each header and pipe the body.
 */
export function createSendByProxy(pool: Agent): Send {
  const proxy = createProxyServer();
  proxy.on('proxyRes', (answer, _request, response) => sinkOf(response).take(answer));
  return (outgoing, sink, target) => proxy.web(...proxyArguments(outgoing, sink, target, pool));
}

type ProxyArguments = Parameters<ReturnType<typeof createProxyServer>['web']>;

/** http-proxy is typed for Node's own request and response; it uses only what stands here. */
function proxyArguments({ path, headers, body }: Outgoing, sink: AttemptSink, target: AgentTarget, agent: Agent): ProxyArguments {
  const request = {
    method: 'POST',
    url: path,
    httpVersion: '1.1',
    httpVersionMajor: 1,
    headers,
    socket: { writable: true },
    on: () => request,
  };
  const buffer = { pipe: (upstream: { end(body: Buffer): void }) => upstream.end(body) };
  // All options here and none at its creation: it merges both for each request.
  return [request, sink, { target, buffer, agent, selfHandleResponse: true }] as unknown as ProxyArguments;
}

/** What http-proxy was given as the response. */
function sinkOf(response: unknown): AttemptSink {
  return response as AttemptSink;
}
