export type { Proxy, ProxyTarget, StartProxy } from './proxy.js';
export { startCaddy } from './start-caddy.js';
export { startHaproxy } from './start-haproxy.js';
export { startNginx } from './start-nginx.js';
