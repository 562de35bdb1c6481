import type { IncomingMessage } from 'node:http';
import { AppError, formatBytes } from '@ollama-coordinator/common';
import { readBody } from './read-body.js';

export interface HeldBodiesOptions {
  /** Of one body. */
  readonly limitBytes: number;
  /** Of all bodies that are held at once. One of any size is read where no other is held. */
  readonly memoryBytes: number;
}

/**
 * A request's body is kept until its answer is over, since another agent may need it. Each may be large, and many may wait: together they
 * have a bound of their own, so that a crowd cannot take the memory that the answers under way need.
 */
export interface HeldBodies {
  /** For one request. */
  open(): HeldBody;
  heldBytes(): number;
}

export interface HeldBody {
  /** Throws what readBody does, and BODIES_FULL where there is no memory left for what came. */
  read(req: IncomingMessage): Promise<Buffer>;
  /** The body is needed no more. */
  release(): void;
}

export function createHeldBodies({ limitBytes, memoryBytes }: HeldBodiesOptions): HeldBodies {
  let heldBytes = 0;
  return {
    open: () => {
      let ownBytes = 0;
      const take = (bytes: number): void => {
        if (heldBytes > ownBytes && heldBytes + bytes > memoryBytes)
          throw new AppError('BODIES_FULL', { details: { held: formatBytes(heldBytes) }, retryAfterS: 1 });
        ownBytes += bytes;
        heldBytes += bytes;
      };
      return {
        read: (req) => readBody(req, limitBytes, take),
        release: () => {
          heldBytes -= ownBytes;
          ownBytes = 0;
        },
      };
    },
    heldBytes: () => heldBytes,
  };
}
