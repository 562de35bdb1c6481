/** mocha passes over unhandled rejections (mochajs/mocha#5507); here they end the run as an uncaught exception does. */
process.on('unhandledRejection', (reason) => {
  throw reason;
});
