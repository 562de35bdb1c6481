import { runCli } from './run-cli.js';

// The entry of the single file, which is CommonJS and so cannot wait at its top level.
void runCli(process.argv.slice(2), process.env).then((code) => {
  process.exitCode = code;
});
