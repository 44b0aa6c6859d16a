/** Theme packs: the words of a domain, of which the grammar makes blueprints. */
import { z } from 'zod'
import { Entity, fieldsWith, Relation } from './blueprint.ts'
import { Name } from './notation.ts'

const Phrase = z.string().min(1).max(120)

export const ThemeEntity = Entity.omit({ id: true, rows: true, relations: true, fields: true }).extend({
  aliases: z.array(z.tuple([Name, Name])).default([]).describe('Other names, singular and plural.'),
  core: z.boolean().default(false).describe('Whether it is in every world of the theme.'),
  rows: z.tuple([z.int().min(4), z.int().max(400)]).default([30, 90]),
  fields: z.array(fieldsWith({ often: z.number().min(0).max(1).default(0.7).describe('The share of worlds that have it.') })).max(16),
  relations: z.array(Relation.extend({ often: z.number().min(0).max(1).default(1) })).max(4).default([]).describe('Those whose entity is not in the world are left out.'),
})
export type ThemeEntity = z.infer<typeof ThemeEntity>

export const Theme = z.strictObject({
  theme: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/),
  split: z.enum(['train', 'validation', 'test']).describe('Where its worlds belong.'),
  words: z.array(z.string()).min(4).max(60).describe('Words of sentences about it, singular, lower case.'),
  places: z.array(Phrase).min(2).max(12).describe('With their article: "an outpatient clinic".'),
  roles: z.array(Phrase).min(4).max(30).describe('Who works there, for the names of agents: "front desk", "billing clerk".'),
  entities: z.array(ThemeEntity).min(5).max(16).describe('Each refers to those before it only.'),
  forbid: z.array(z.strictObject({ entity: Name, verbs: z.array(Name).min(1), when: z.strictObject({ relation: Name.optional(), field: Name, is: z.union([z.string(), z.boolean()]), says: Phrase }), says: z.string().min(1).max(300) })).max(8).default([]).describe('Rules that worlds of this theme may have.'),
}).meta({ id: 'Theme', description: 'The words of a domain.' })
export type Theme = z.infer<typeof Theme>
