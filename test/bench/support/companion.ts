import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of ours beside the benchmark's own (load, backend), so that its work disturbs no measurement. It answers orders one at a time. */
export interface Companion<Order, Result> {
  readonly pid: number;
  ask(order: Order): Promise<Result>;
  stop(): Promise<void>;
}

type Answer<Result> = { readonly result: Result } | { readonly error: string };

export function startCompanion<Order extends object, Result>(script: URL): Companion<Order, Result> {
  const child = fork(fileURLToPath(script), { serialization: 'advanced' });
  const gone = once(child, 'exit');
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  return {
    pid: child.pid ?? 0,
    async ask(order) {
      const ended = gone.then(() => {
        throw new Error(`${script.pathname} ended while it was asked`);
      });
      const answered = once(child, 'message');
      child.send(order);
      const [answer] = (await Promise.race([answered, ended])) as [Answer<Result>];
      if ('error' in answer) throw new Error(answer.error);
      return answer.result;
    },
    async stop() {
      process.off('exit', killAtExit);
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The other side: what a companion's script calls once. It ends when the benchmark does. */
export function answerOrders<Order, Result>(answer: (order: Order) => Promise<Result>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (order) => {
    answer(order as Order).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}
