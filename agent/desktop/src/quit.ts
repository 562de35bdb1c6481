import type { App, Event } from 'electron';

/** The program ends when what runs has ended: the agent finishes its requests, tells the coordinator, and stops the Ollama that it started. */
export function setupQuit(app: Pick<App, 'on' | 'quit'>, stop: () => Promise<void>): void {
  let stopping: 'no' | 'under way' | 'done' = 'no';
  app.on('will-quit', (event: Event) => {
    if (stopping === 'done') return;
    event.preventDefault();
    if (stopping === 'under way') return;
    stopping = 'under way';
    const end = () => {
      stopping = 'done';
      app.quit();
    };
    stop().then(end, end);
  });
}
