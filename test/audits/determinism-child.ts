/** Plays the drawn episodes in a process of its own; prints their fingerprints as JSON. */
import { shippedCatalogue } from '../checkout.ts'
import { drawnEpisode, playAlone } from './determinism.ts'

const scenario = shippedCatalogue().find('retail')!
const count = Number(process.argv[2])
console.log(JSON.stringify(Array.from({ length: count }, (_, i) => playAlone(scenario, drawnEpisode(i)) ?? null)))
