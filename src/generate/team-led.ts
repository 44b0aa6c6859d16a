/** Teams that a model leads: alone, over workers, over leads of workers, over executors, over those whose work it checks. */
import type { Team } from '../../protocol/spec/blueprint.ts'
import type { Agent } from '../../protocol/spec/framework.ts'
import { below, keyOf } from '../core/keyed.ts'
import { happens, pickOne } from './pick.ts'
import { isLook, isRead, isWrite } from './team-desk.ts'
import { type Duty, ERRAND, leadPrompt } from './team-prompt.ts'
import { colleaguesOf, crowdOf, fill, reserve, type Roster, staffAll, takeRole, toolNames } from './team-roster.ts'
import { growShape } from './team-shape.ts'
import { abilities } from './team-words.ts'

/** Tools from which on some may be put away until they are searched for. */
const MANY_TOOLS = 12

/** Work that is to lead others. */
const LEADING = /manager|lead|head|master|director|chief|supervisor|coordinator|captain|controller/i

const CLOSING = {
  closing: {
    description: 'What has to be true before a request is closed.',
    body: 'Every part of the request was carried out, or it was found that it must not be. Each change happened once. Nothing was changed that nobody asked for. An answer is given in the form that the schema of finish shows, without other words. What cannot be done is said with report_unable, not with an apology.',
  },
}
const LOOKING = {
  'finding-records': {
    description: 'How to find the one record that is meant.',
    body: 'Start with what the request names: a key, a name, or something that belongs to it. List with the filters that the tool has, and go through all pages. When several fit, compare what else is said about them until one is left. Read that record itself before you decide by it.',
  },
}

/** One agent with all tools. */
export function layAlone(roster: Roster): string {
  const { outline, words, key } = roster
  const role = takeRole(roster, undefined, [pickOne(key, 'alone', ['assistant', 'clerk', 'duty officer', 'desk clerk'])])
  const writes = outline.tools.filter(isWrite)
  const isPutAway = outline.tools.length > MANY_TOOLS && happens(key, 'deferred', 0.15)
  const hasSkill = happens(key, 'skill', 0.15)
  return fill(roster, reserve(roster, role), {
    description: 'Carries out one request.', tools: ['*'],
    // What looks is always at hand: writes are read back by it.
    deferred: isPutAway ? toolNames(writes) : [], skills: hasSkill ? LOOKING : {},
    prompt: leadPrompt(words, {
      role, writes: true, extra: [
        ...(isPutAway ? ['On your bench are the tools for looking. Those for changing are found with ToolSearch, by what they do; what it finds can be called from the next turn on.'] : []),
        ...(hasSkill ? ['A skill tells what experience has taught; load it when you need it.'] : []),
      ],
    }, key),
  })
}

/** What sets one kind of lead apart from another. */
type Manner = { readonly role: readonly string[]; readonly description: string; readonly extra: readonly string[]; readonly own: 'none' | 'looks' | 'reads'; readonly sendBack?: number; readonly gets?: string; readonly errands: 'all' | 'writes' }

function mannerOf({ pattern }: Team, roster: Roster): Manner {
  const { key } = roster
  const back = 1 + below(keyOf(['send back'], key), 5)
  const times = ['once', 'twice', 'three times', 'four times', 'five times'][back - 1]!
  switch (pattern) {
    case 'planner-executor': return {
      role: ['planner', 'dispatcher', 'case planner'], description: 'Looks, plans, and answers for the outcome.', own: 'reads', sendBack: back, errands: 'writes',
      gets: 'You are given one request. You may look at everything and change nothing; others change things and look no further than they must.',
      extra: [pickOne(key, 'plan', [
        `Look first, as far as it takes to decide. Then write the plan down, one change a line, with every key and value, and hand it over in one message. Read the report; where something came out otherwise, plan the rest anew and go on with the same colleague by its id, ${times} at most.`,
        `Work in two steps. Find out all that the request leaves open; then have the changes made, in order, each with key and value spelt out. Check what is reported, and look for yourself where it matters. You can send the same colleague back by its id, ${times} at most.`,
      ])],
    }
    case 'evaluator-optimizer': return {
      role: ['supervisor', 'quality lead', 'controller'], description: 'Has work done, looks at it, and sends it back.', own: 'looks', sendBack: back, errands: 'all',
      gets: 'You are given one request. Others carry it out; you see to it that the result is right.',
      extra: [pickOne(key, 'check', [
        `Believe no report before you have looked at the records yourself. What is missing or wrong goes back to the same colleague by its id, with what is wrong about it: ${times} at most, then decide with what you have.`,
        `Compare every result with the request, part by part, and look it up. If it does not hold, say what is missing and send it back by the id, ${times} at most.`,
      ])],
    }
    case 'router': return {
      role: ['front desk', 'switchboard', 'intake'], description: 'Says whose business a request is, and passes it on.', own: 'none', errands: 'all',
      gets: 'You are given one request and decide whose business it is.',
      extra: [pickOne(key, 'route', ['Pass the request on in its own words to the one whose business it is. Only where it concerns several do you call a second one, with what the first has found.', 'One colleague gets the whole request, word for word. If the report says that a part belongs to somebody else, pass on that part and what was found.'])],
    }
    default: return { role: ['coordinator', 'lead', 'office manager', 'shift lead', 'dispatcher'], description: 'Takes the request, has it carried out, and answers for it.', own: happens(key, 'looks itself', 0.15) ? 'looks' : 'none', errands: 'all', extra: [], ...(happens(key, 'sends back', 0.2) && { sendBack: back }) }
  }
}

/** A first agent over a tree: what it may do itself, and how it goes about it, is the pattern's. */
export function layLed(roster: Roster, team: Team): string {
  const { outline, words, key, delegation } = roster
  const manner = mannerOf(team, roster)
  const role = pickOne(key, 'role', [...manner.role, ...(team.pattern === 'router' ? [] : roster.roles.filter((one) => LEADING.test(one)))])
  if (roster.roles.includes(role)) roster.roles.splice(roster.roles.indexOf(role), 1)
  const name = reserve(roster, role)
  const tools = outline.tools.filter((tool) => manner.errands === 'all' || isWrite(tool))
  const shape = growShape({ agents: Math.max(2, team.agents), layers: Math.max(2, team.layers), least: team.agents > 2 && team.pattern !== 'planner-executor' && team.pattern !== 'evaluator-optimizer' ? 2 : 1 }, keyOf(['shape'], key))
  const shares = happens(key, 'shared storage', 0.12)
  const note = 'You and your colleagues share a storage; what more than one of you will need can be left there, under a key that says what it is.'
  const duty: Duty = shares ? { ...ERRAND, extra: [note] } : ERRAND
  const below_ = staffAll(roster, shape.below, tools, () => duty, 'led')
  if (shares) for (const one of below_) roster.agents[one] = { ...roster.agents[one]!, storage: true }
  const reads = outline.tools.filter(manner.own === 'reads' ? isRead : isLook)
  const own = manner.own === 'none' ? [] : manner.own === 'reads' || team.pattern === 'evaluator-optimizer' ? reads : reads.slice(0, 4)
  const hasSkill = happens(key, 'closing', 0.12)
  const { sendBack } = manner
  const sub: Agent['sub_agents'] = sendBack === undefined ? below_ : below_.map((agent) => ({ agent, send_back: sendBack }))
  return fill(roster, name, {
    description: manner.description, tools: toolNames(own), sub_agents: sub, delegation, storage: shares, skills: hasSkill ? CLOSING : {}, limits: team.pattern === 'router' ? {} : crowdOf(below_.length, key),
    prompt: leadPrompt(words, {
      role, team: colleaguesOf(roster, below_), writes: false, ...(own.length > 0 && { can: abilities(own, outline) }), ...(manner.gets !== undefined && { gets: manner.gets }),
      extra: [...manner.extra, ...(sendBack !== undefined && manner.extra.length === 0 ? ['A colleague whose report leaves something open can be sent back to work by its id, a few times at most.'] : []), ...(shares ? [note] : []), ...(hasSkill ? ["Load the skill 'closing' before you end your first request."] : [])],
    }, key),
  })
}
