/** The WebSocket that an agent opens towards its coordinator, and one that a replica opens towards the replica with the tunnel. */
export const TUNNEL_PATH = '/ws/agent';
export const TUNNEL_RELAY_PATH = '/ws/tunnel';

/** Either side pings so often, and gives the tunnel up after so long without a sign. */
export const TUNNEL_PING_MS = 2000;
export const TUNNEL_SILENCE_MS = 6000;

/**
 * HTTP/2 on the tunnel. The window of a stream bounds what one slow reader may hold up in memory; that of the connection is
 * large, so that such a reader does not stop the others.
 */
export const TUNNEL_WINDOW_BYTES = { stream: 256 * 1024, connection: 64 * 1024 * 1024 } as const;

/** A WebSocket message carries some frames of HTTP/2, of 16 KiB each. */
export const TUNNEL_MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
