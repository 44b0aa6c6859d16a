/** The faker, loaded when a specification first asks for it: its words take longer to load than everything else. */
// oxlint-disable-next-line no-restricted-imports -- a specification is compiled in one go, so what it needs is loaded in one go
import { createRequire } from 'node:module'
import type { Faker } from '@faker-js/faker'
import { type Key, word53 } from '../core/keyed.ts'

const TWO_53 = 2 ** 53

/** Words of a key, one after another: drawing for another cell costs nothing but a key. */
function keyedRandomizer() {
  let aimed: Key = { a: 0, b: 0 }
  let index = 0
  return {
    aim(key: Key): void {
      aimed = key
      index = 0
    },
    next: () => word53(aimed, index++) / TWO_53,
    seed(): void {
      // Its words are named, not seeded.
    },
  }
}

/** A method of the faker by module and name, with its options. */
export type FakerCall = { readonly module: string; readonly method: string; readonly options?: unknown }

let loaded: { faker: Faker; randomizer: ReturnType<typeof keyedRandomizer> } | undefined

function load(): NonNullable<typeof loaded> {
  const { faker } = createRequire(import.meta.url)('@faker-js/faker/locale/en') as { faker: Faker }
  const randomizer = keyedRandomizer()
  const Maker = faker.constructor as typeof Faker
  return { randomizer, faker: new Maker({ locale: faker.rawDefinitions, randomizer }) }
}

/**
 * What a method gives for a key.
 * @param epoch milliseconds since 1970: the day that is today
 * @throws Error of the faker for options that it does not take
 */
export function callFaker({ module, method, options }: FakerCall, key: Key, epoch: number): unknown {
  const { faker, randomizer } = (loaded ??= load())
  faker.setDefaultRefDate(epoch)
  randomizer.aim(key)
  const methods = (faker as unknown as Record<string, Record<string, (options?: unknown) => unknown>>)[module]!
  return options === undefined ? methods[method]!() : methods[method]!(options)
}
