/**
 * Loaded into each child before its own code: it stops, as on SIGTERM, when the process that started it says so or is gone.
 * (Windows has no SIGTERM, and a killed parent sends none.)
 */
function stop() {
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(143);
}

if (process.channel) {
  process.once('disconnect', stop);
  process.on('message', (message) => {
    if (message === 'stop') stop();
  });
  process.channel.unref();
}
