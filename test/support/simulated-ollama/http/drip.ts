import type { ServerResponse } from 'node:http';

/** Writes what it is given `bytesAtOnce` bytes at a time, one piece per `everyMs`. */
export function createDrip(response: ServerResponse, bytesAtOnce: number, everyMs: number) {
  let rest = Buffer.alloc(0);
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  function step(): void {
    if (rest.length > 0) {
      response.write(rest.subarray(0, bytesAtOnce));
      rest = rest.subarray(bytesAtOnce);
    } else if (ended) {
      stop();
      response.end();
    }
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  function write(data: string | Buffer): boolean {
    rest = Buffer.concat([rest, Buffer.from(data)]);
    if (timer === undefined) {
      timer = setInterval(step, everyMs);
      response.once('close', stop);
    }
    return true;
  }

  return {
    write,
    end(data?: string | Buffer): void {
      ended = true;
      write(data ?? '');
    },
  };
}
