/** What a search may cost. */

/** Deeds tried, and units of the meter that tools and checks share. */
export type Bounds = { readonly tries: number; readonly units: number }

/** What is left of it. */
export type Meter = { tries: number; units: number }

/** Ends a search whose meter is empty. */
export class Spent extends Error {
  override readonly name = 'Spent'
}

/** Takes units off a meter. @throws Spent */
export function spend(meter: Meter, units: number): void {
  meter.units -= units
  if (meter.units < 0) throw new Spent()
}

/** Takes a try off a meter. @throws Spent */
export function spendTry(meter: Meter): void {
  if (--meter.tries < 0) throw new Spent()
}
