import { AppError, describeCause, type Logger } from '@ollama-coordinator/common';
import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import { CALL_NAMES, type CallName, channelOf } from './channels.js';
import { type Answer, type Handlers, INPUTS, type Input, type Output } from './contract.js';

export interface IpcGatewayDeps {
  readonly ipcMain: Pick<IpcMain, 'handle'>;
  /** Whether a message comes from the settings page itself, at the top of its window. */
  readonly isTrusted: (event: IpcMainInvokeEvent) => boolean;
  readonly handlers: Handlers;
  readonly log: Logger;
}

/** The one door between page and program: every message has its sender checked, then its payload, then goes to its handler. */
export function setupIpcGateway({ ipcMain, isTrusted, handlers, log }: IpcGatewayDeps): void {
  for (const name of CALL_NAMES) {
    ipcMain.handle(channelOf(name), async (event, input: unknown, ...more: unknown[]) => {
      if (!isTrusted(event)) {
        log.warn({ call: name, sender: event.senderFrame?.url }, 'a message that is not from the settings page was refused');
        throw new Error('refused');
      }
      const parsed = INPUTS[name].safeParse(input);
      if (!parsed.success || more.length > 0) {
        log.warn({ call: name }, 'a message from the settings page was not understood, and refused');
        throw new Error('refused');
      }
      return answer(name, handlers, parsed.data as Input<typeof name>);
    });
  }
}

async function answer<Name extends CallName>(name: Name, handlers: Handlers, input: Input<Name>): Promise<Answer<Name>> {
  const handle: (input: Input<Name>) => Promise<Output<Name>> | Output<Name> = handlers[name];
  try {
    return { ok: true, value: await handle(input) };
  } catch (error) {
    return { ok: false, problem: error instanceof AppError ? error.message : describeCause(error) };
  }
}
