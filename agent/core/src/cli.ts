#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

/** Loading a program makes much garbage, for which V8 would take memory that an agent never needs again: 25 MB of 80. */
setFlagsFromString('--semi-space-growth-factor=1');
const { runCli } = await import('./run-cli.js');
setFlagsFromString('--semi-space-growth-factor=2');

process.exitCode = await runCli(process.argv.slice(2), process.env);
