/** Where Ollama's releases really lie: their page sends on to one of these. */
const RELEASE_HOSTS = /^(github\.com|([a-z0-9-]+\.)*githubusercontent\.com|ollama\.com)$/;

/**
 * Whether a download may be sent on from one address to another: within a host, or from Ollama's own releases to where those lie; never from
 * https to http. Pure.
 */
export function isAllowedRedirect(from: URL, to: URL): boolean {
  if (!/^https?:$/.test(to.protocol) || (from.protocol === 'https:' && to.protocol !== 'https:')) return false;
  if (to.username !== '' || to.password !== '') return false;
  if (to.hostname === from.hostname) return true;
  return to.protocol === 'https:' && RELEASE_HOSTS.test(from.hostname) && RELEASE_HOSTS.test(to.hostname);
}
