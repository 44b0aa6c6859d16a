/** Plays hostile episodes in a process of its own; prints their digests as JSON. */
import { shippedCatalogue } from '../checkout.ts'
import { playHostile } from './hostile.ts'

const scenarios = shippedCatalogue().list()
console.log(JSON.stringify(Array.from({ length: Number(process.argv[2]) }, (_, i) => playHostile(scenarios, i)?.digest ?? null)))
