import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Connection } from './network.js';

/** A watcher's response, as far as the hub uses one. */
export function watchResponse(connection: Connection, onLine: (line: string) => void): ServerResponse {
  const res = Object.assign(new EventEmitter(), {
    destroyed: false,
    writableLength: 0,
    writeHead: () => res,
    write: (line: string) => {
      connection.toClient(() => onLine(line));
      return true;
    },
    destroy: () => end(),
    end: () => end(),
  });
  function end() {
    if (res.destroyed) return res;
    res.destroyed = true;
    connection.close('server', 'closed');
    res.emit('close');
    return res;
  }
  connection.listen('server', { onClosed: end });
  return res as unknown as ServerResponse;
}
