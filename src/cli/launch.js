#!/usr/bin/env node
// Plain JavaScript, so that every Node can read it and say what is missing. A checkout runs the sources; an installed
// package runs dist/, since Node strips no types inside node_modules.
import module from 'node:module'

const [major, minor] = process.versions.node.split('.').map(Number)

// Whoever reads us may have read enough, as `| head` has.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

if (major > 24 || (major === 24 && minor >= 12)) {
  // What was compiled once need not be again: half of the time until a verb begins.
  module.enableCompileCache?.()
  const installed = import.meta.url.includes('/node_modules/')
  const { run } = await import(installed ? '../../dist/src/cli/program.js' : './program.ts')
  process.exitCode = await run(process.argv.slice(2))
} else {
  console.error(`fractal-gym needs Node 24.12 or newer; this is Node ${process.versions.node}.`)
  console.error('In a checkout, `npm ci` fetches the right one: use `npm start` or `npx fractal-gym`.')
  process.exitCode = 2
}
