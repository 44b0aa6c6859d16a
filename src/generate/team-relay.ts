/** Peers who hand the whole request on to each other; who has it ends it. */
import type { Team } from '../../protocol/spec/blueprint.ts'
import { below, type Key, keyOf } from '../core/keyed.ts'
import { happens, pickOne } from './pick.ts'
import { desksOf, isLook, isRead, withLooks } from './team-desk.ts'
import { ERRAND, leadPrompt, lower } from './team-prompt.ts'
import { colleaguesOf, fill, reserve, type Roster, staffAll, takeRole, toolNames } from './team-roster.ts'
import { growShape } from './team-shape.ts'
import { abilities, deskNames, matters } from './team-words.ts'

/** Peers at most: whoever has a request has to choose among them. */
const MOST_PEERS = 24

/** To whom each of so many peers hands over: everybody can be reached from everybody. */
function waysOf(peers: number, key: Key): number[][] {
  const form = pickOne(key, 'form', ['ring', 'hub', 'row', 'ring with chords', 'all'])
  const others = (i: number) => Array.from({ length: peers }, (_, j) => j).filter((j) => j !== i)
  return Array.from({ length: peers }, (_, i) => others(i).filter((j) => {
    const isNext = j === (i + 1) % peers
    switch (form) {
      case 'ring': return isNext
      case 'hub': return i === 0 || j === 0 || (below(keyOf(['side', i, j], key), 5) === 0)
      case 'row': return Math.abs(i - j) === 1
      case 'all': return peers <= 6 || isNext || happens(keyOf(['way', i, j], key), 'open', 0.6)
      default: return isNext || happens(keyOf(['chord', i, j], key), 'open', 0.3)
    }
  }))
}

/** Peers side by side; some have people of their own. */
export function layRelay(roster: Roster, team: Team): string {
  const { outline, words, key, delegation } = roster
  const peersMost = Math.max(2, Math.min(MOST_PEERS, team.agents, 2 + below(keyOf(['peers'], key), Math.max(1, team.layers > 1 ? Math.ceil(team.agents / 2) : team.agents))))
  // The root of the tree is nobody: its branches are the peers.
  const shapes = growShape({ agents: Math.max(2, team.agents) + 1, layers: team.layers + 1, least: 2, most: team.layers > 1 ? peersMost : MOST_PEERS }, keyOf(['shape'], key)).below
  const desks = desksOf(outline.tools, shapes.length, outline, keyOf(['peers'], key))
  const peers = desks.map((desk, i) => {
    const role = takeRole(roster, desk.tools, deskNames(desk, outline, keyOf(['peer', i], key)))
    return { desk, role, name: reserve(roster, role) }
  })
  const ways = waysOf(peers.length, keyOf(['ways'], key))
  peers.forEach(({ desk, name }) => { fill(roster, name, { description: `Deals with ${matters(desk.tools, outline)}.` }) })
  peers.forEach(({ desk, role, name }, i) => {
    const shape = shapes[i]!
    const people = shape.below.length ? staffAll(roster, shape.below, desk.tools, () => ERRAND, `peer/${i}`) : []
    const tools = withLooks(people.length ? desk.tools.filter(isRead).filter(isLook) : desk.tools, outline)
    const next = ways[i]!.map((j) => peers[j]!.name)
    const over = next.length > 6 ? 'The list of those to whom you can hand over says what each is there for.' : `You can hand over to:\n${next.map((one) => `- ${one}: ${lower(roster.agents[one]!.description!)}`).join('\n')}`
    const manner = pickOne(keyOf(['manner', i], key), 'over', [
      'One of you has a request at a time. When the next thing to do is somebody else\'s, hand it over with transfer_to_… and write down what has to be known: what was asked for, what was found, with all keys, and what was done. Who has finished the last part ends it.',
      'Requests are handed on among you. You do what is yours; the rest goes to the colleague it belongs to, or who is nearer to that one, by transfer_to_…, with a note of what was found and what has been changed already. Whoever does the last piece ends it.',
    ])
    fill(roster, name, {
      description: `Deals with ${matters(desk.tools, outline)}.`, tools: toolNames(tools), sub_agents: people, delegation, hand_offs: next,
      prompt: leadPrompt(words, {
        role, writes: people.length === 0, gets: i === 0 ? 'Requests come in at your desk.' : 'A colleague hands requests over to you; you take them up where the note ends.',
        ...(tools.length > 0 && { can: abilities(tools, outline) }), ...(people.length > 0 && { team: colleaguesOf(roster, people) }), extra: [`${manner}\n${over}`],
      }, keyOf(['peer prompt', i], key)),
    })
  })
  return peers[0]!.name
}

