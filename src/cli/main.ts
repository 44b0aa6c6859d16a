#!/usr/bin/env node
// Nothing but this check is loaded on a Node that is too old for the rest.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > 24 || (major === 24 && minor >= 12)) {
  const { run } = await import('./program.ts')
  process.exitCode = await run(process.argv.slice(2))
} else {
  console.error(`fractal-gym needs Node 24.12 or newer; this is Node ${process.versions.node}.`)
  console.error('In a checkout, `npm install` fetches the right one: use `npm start` or `npx fractal-gym`.')
  process.exitCode = 2
}

export {}
