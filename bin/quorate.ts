#!/usr/bin/env node
// The command: looks at the Node it runs on, then hands over. Nothing newer than old Nodes know may be imported from here.
import module from 'node:module';

const OLDEST = [22, 18] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(`quorate: needs Node ${OLDEST.join('.')} or newer, this is ${process.versions.node}\n`);
  process.exitCode = 64;
} else {
  module.enableCompileCache();
  const { commandLine } = await import('./command-line.ts');
  await commandLine(process.argv.slice(2));
}
