#!/usr/bin/env node
// The command line: reads the arguments and hands over to one command's module.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('quorate')
  .description('A deterministic simulator of a consensus-backed control plane.')
  .version(manifest.version);

program.action(() => {
  program.outputHelp();
});
await program.parseAsync();
