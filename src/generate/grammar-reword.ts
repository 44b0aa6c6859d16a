/** Texts of a pack in the words of a world: where customers are called clients, so they are in its rules. */
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Built } from './grammar-entity.ts'

function spaced(name: string): string {
  return name.replaceAll('_', ' ')
}

function article(words: string): string {
  return /^(?:[aeio]|u(?!ni|s[aeiu]|ti|ro))/i.test(words) ? 'an' : 'a'
}

function likeFirst(word: string, other: string): string {
  return /^[A-Z]/.test(word) ? other.charAt(0).toUpperCase() + other.slice(1) : other
}

/** The words of a world for those of its packs; undefined where all are the same. */
function rewording(built: readonly Built[]): ((text: string) => string) | undefined {
  const words = new Map<string, string>()
  for (const { chosen, entity } of built) {
    if (entity.name === chosen.entity.name) continue
    words.set(spaced(chosen.entity.name), spaced(entity.name))
    words.set(spaced(chosen.entity.plural), spaced(entity.plural))
  }
  if (words.size === 0) return undefined
  const known = [...words.keys()].toSorted((a, b) => b.length - a.length)
  const pattern = new RegExp(String.raw`\b(?:(an?) )?(${known.join('|')})\b`, 'gi')
  return (text) => text.replace(pattern, (_, before: string | undefined, word: string) => {
    const other = likeFirst(word, words.get(word.toLowerCase())!)
    return before === undefined ? other : `${likeFirst(before, article(other))} ${other}`
  })
}

/** Entities and rules whose texts use the names of the world. */
export function reword(built: readonly Built[], forbid: Blueprint['forbid']): Pick<Blueprint, 'entities' | 'forbid'> {
  const entities = built.map(({ entity }) => entity)
  const say = rewording(built)
  if (!say) return { entities, forbid }
  return {
    forbid: forbid.map((rule) => ({ ...rule, says: say(rule.says), when: { ...rule.when, says: say(rule.when.says) } })),
    entities: entities.map((entity) => ({
      ...entity, about: say(entity.about),
      ...(entity.lifecycle && { lifecycle: { ...entity.lifecycle, actions: entity.lifecycle.actions.map((action) => ({ ...action, needs: action.needs.map((guard) => ({ ...guard, says: say(guard.says) })) })) } }),
    })),
  }
}
