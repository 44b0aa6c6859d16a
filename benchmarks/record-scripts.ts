/** Prints recorded scripts as JSON: in a process of its own, so that a load generator's heap stays small. */
import { loadRetail, recordScripts } from './witness-script.ts'

console.log(JSON.stringify(recordScripts(loadRetail(), Number(process.argv[2]), process.argv[3]!)))
