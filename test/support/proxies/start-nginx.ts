import { mkdir, writeFile } from 'node:fs/promises';
import { createProxyLauncher } from './proxy.js';

/** One worker, no buffering of answers, upstream connections kept alive; the Host that Ollama accepts. */
export const startNginx = createProxyLauncher({
  name: 'nginx',
  async configure({ listenPort, upstreamPorts, folder }) {
    const file = `${folder}/nginx.conf`;
    await mkdir(`${folder}/nginx-temporary`, { recursive: true });
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `  ${kind}_temp_path ${folder}/nginx-temporary/${kind};`)
      .join('\n');
    await writeFile(
      file,
      `worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 8192; }
http {
${temporary}
  access_log off;
  keepalive_requests 10000000;
  client_max_body_size 0;
  client_body_buffer_size 16m;
  upstream backend {
    least_conn;
${upstreamPorts.map((port) => `    server 127.0.0.1:${port};`).join('\n')}
    keepalive 1024;
    keepalive_requests 10000000;
  }
  server {
    listen 127.0.0.1:${listenPort};
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
  }
}
`,
    );
    return ['-p', folder, '-c', file, '-e', 'stderr'];
  },
});
