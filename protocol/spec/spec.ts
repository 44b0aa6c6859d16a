/** Every document that a spec file may hold, for editors and for the reference. */
import { z } from 'zod'
import { Dynamics } from './dynamics.ts'
import { Framework } from './framework.ts'
import { Scenario } from './scenario.ts'
import { World } from './world.ts'

export const Spec = z.discriminatedUnion('kind', [World, Framework, Dynamics, Scenario]).meta({ description: 'One document of a spec file.' })
