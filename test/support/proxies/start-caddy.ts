import { writeFile } from 'node:fs/promises';
import { createProxyLauncher } from './proxy.js';

/** Flushes each chunk at once; no admin endpoint, no certificates, no access log. */
export const startCaddy = createProxyLauncher({
  name: 'caddy',
  async configure({ listenPort, upstreamPorts, folder }) {
    const file = `${folder}/Caddyfile`;
    await writeFile(
      file,
      `{
	admin off
	auto_https off
}
http://127.0.0.1:${listenPort} {
	bind 127.0.0.1
	reverse_proxy ${upstreamPorts.map((port) => `127.0.0.1:${port}`).join(' ')} {
		lb_policy least_conn
		flush_interval -1
		transport http {
			keepalive_idle_conns_per_host 1024
		}
	}
}
`,
    );
    return ['run', '--adapter', 'caddyfile', '--config', file];
  },
});
