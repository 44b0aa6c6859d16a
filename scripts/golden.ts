/** Writes the golden trajectories anew: after a change of behaviour that was meant, and with a new version. */
import { writeGoldens } from '../test/audits/golden.ts'

console.log(`${writeGoldens()} golden trajectories written`)
