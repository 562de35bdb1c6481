/**
 * npm passes a SIGTERM to its shell only, which dies without passing it on. So when npm runs us and that shell is gone, we
 * stop as on SIGTERM. Started by hand, we live on without the terminal.
 */
export function stopWhenOrphaned() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.emit('SIGTERM', 'SIGTERM');
  }, 500);
  timer.unref();
}
