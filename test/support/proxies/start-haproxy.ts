import { writeFile } from 'node:fs/promises';
import { createProxyLauncher } from './proxy.js';

/** One thread; `http-no-delay`, without which the first token is held back for 45 ms; upstream connections shared. */
export const startHaproxy = createProxyLauncher({
  name: 'haproxy',
  async configure({ listenPort, upstreamPorts, folder }) {
    const file = `${folder}/haproxy.cfg`;
    await writeFile(
      file,
      `global
  maxconn 8192
  nbthread 1
defaults
  mode http
  option http-no-delay
  option http-keep-alive
  http-reuse always
  timeout connect 5s
  timeout client 300s
  timeout server 300s
frontend clients
  bind 127.0.0.1:${listenPort}
  default_backend ollama
backend ollama
  balance leastconn
${upstreamPorts.map((port, index) => `  server ollama${index} 127.0.0.1:${port}`).join('\n')}
`,
    );
    return ['-db', '-f', file];
  },
});
