/**
 * Families of episodes are played against a server that is killed again and again: under ack nothing that was answered
 * is lost, under async the client sends again what is missing, and every answer and the last state hash are those of
 * a server that nobody disturbed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { below, chance, keyOf } from '../../src/core/keyed.ts'
import { comparable, type Deed, type Family, growFamily } from './family.ts'
import { KilledServer, Lost, Refusal } from './kill-server.ts'

export type KillAudit = {
  readonly wrong: string[]
  readonly kills: number
  readonly families: number
  readonly episodes: number
  /** Answers compared, repetitions included. */
  readonly answers: number
  /** Steps that had been answered and were sent again, because the server had lost them. */
  readonly resent: number
}

type Durability = 'async' | 'ack'
type Held = { id: string; answered: number; closed: boolean }

const AT_ONCE = 6
/** A server lives for fewer answers than this, or not longer than that. */
const MOST_ANSWERS = 60
const LONGEST_LIFE_MS = 3000

class Player {
  readonly wrong: string[] = []
  answers = 0
  resent = 0
  readonly #server: KilledServer
  readonly #durability: Durability

  constructor(server: KilledServer, durability: Durability) {
    this.#server = server
    this.#durability = durability
  }

  /** Plays one family to its end, through as many servers as it takes. */
  async play(name: string, family: Family): Promise<void> {
    const held: Held[] = []
    for (const [index, deed] of family.deeds.entries()) {
      let again = false
      for (;;) {
        try {
          if (again) await this.#recover(name, family, held, deed)
          await this.#do(`${name} deed ${index}`, family, deed, held, `${name}-${index}`)
          break
        } catch (error) {
          if (!(error instanceof Lost)) throw error
          again = true
          await this.#server.back
        }
      }
    }
    await this.#compareStates(name, family, held)
  }

  /**
   * Finds out what the server still has of every episode, and sends again what it lost.
   * @param undone the deed whose answer was lost: a close may have been kept all the same
   */
  async #recover(name: string, family: Family, held: Held[], undone?: Deed): Promise<void> {
    for (const [who, member] of held.entries()) {
      if (member.closed || (undone?.kind === 'close' && undone.who === who)) continue
      const { seq, last } = await this.#server.ask('env/resume', { episode: member.id }) as { seq: number; last: unknown }
      if (seq > 0 || who === 0) this.#compare(`${name} member ${who} resumed at ${seq}`, last, family.members[who]!.answers[seq])
      if (seq >= member.answered) continue
      if (this.#durability === 'ack') this.wrong.push(`${name} member ${who}: ${member.answered} steps were answered under ack, ${seq} are left`)
      for (let missing = seq + 1; missing <= member.answered; missing += 1) {
        this.resent += 1
        await this.#step(name, family, who, member, missing)
      }
    }
  }

  async #do(place: string, family: Family, deed: Deed, held: Held[], request_key: string): Promise<void> {
    switch (deed.kind) {
      case 'reset': {
        const answer = await this.#server.ask('env/reset', { ...deed.params, request_key }) as { episode: string }
        this.#compare(place, answer, family.members[0]!.answers[0])
        held[0] = { id: answer.episode, answered: 0, closed: false }
        return
      }
      case 'steps': {
        const member = held[deed.who]!
        const { actions } = family.members[deed.who]!
        const first = this.#firstSeq(family, deed)
        // All at once: what is in flight at a kill may be taken, kept, both or neither.
        await allSettled(deed.actions.map((_, i) => this.#step(place, family, deed.who, member, first + i)))
        if (member.answered > actions.length) this.wrong.push(`${place}: more answers than actions`)
        return
      }
      case 'fork': {
        const { episodes } = await this.#server.ask('env/fork', { episode: held[deed.who]!.id, ...deed.params, request_key }) as { episodes: string[] }
        const from = this.#membersBefore(family, deed)
        episodes.forEach((id, i) => {
          const { at } = deed.params as { at?: number }
          held[from + i] = { id, answered: at ?? held[deed.who]!.answered, closed: false }
        })
        return
      }
      case 'close': {
        const member = held[deed.who]!
        await this.#server.ask('env/close', { episode: member.id })
        member.closed = true
      }
    }
  }

  #membersBefore(family: Family, deed: Deed): number {
    let count = 0
    for (const each of family.deeds) {
      if (each === deed) return count
      if (each.kind === 'reset') count += 1
      else if (each.kind === 'fork') count += each.children
    }
    throw new Error('a deed of another family')
  }

  /** The seq of the first step of a deed, from the plan alone. */
  #firstSeq(family: Family, deed: Deed & { kind: 'steps' }): number {
    const later = family.deeds.slice(family.deeds.indexOf(deed)).reduce((sum, each) => sum + (each.kind === 'steps' && each.who === deed.who ? each.actions.length : 0), 0)
    return family.members[deed.who]!.actions.length - later + 1
  }

  async #step(place: string, family: Family, who: number, member: Held, seq: number): Promise<void> {
    const { actions, answers } = family.members[who]!
    const answer = await this.#server.ask('env/step', { episode: member.id, action: actions[seq - 1], seq })
    member.answered = Math.max(member.answered, seq)
    this.#compare(`${place} member ${who} seq ${seq}`, answer, answers[seq])
  }

  #compare(place: string, answer: unknown, expected: string | undefined): void {
    this.answers += 1
    if (comparable(answer) !== expected) this.wrong.push(`${place}: ${comparable(answer).slice(0, 300)} instead of ${expected?.slice(0, 300)}`)
  }

  async #compareStates(name: string, family: Family, held: Held[]): Promise<void> {
    for (const [who, member] of held.entries()) {
      if (member.closed) continue
      for (;;) {
        try {
          const { hash } = await this.#server.ask('env/state', { episode: member.id }) as { hash: string }
          if (hash === family.members[who]!.hash) break
          // Killed after its last answer, under async: the server is behind once more.
          await this.#recover(name, family, held)
          const again = await this.#server.ask('env/state', { episode: member.id }) as { hash: string }
          if (again.hash !== family.members[who]!.hash) this.wrong.push(`${name} member ${who}: state ${again.hash} instead of ${family.members[who]!.hash}`)
          break
        } catch (error) {
          if (!(error instanceof Lost)) throw error
          await this.#server.back
        }
      }
    }
    await this.#closeAll(held)
  }

  /** A closed episode is closed for good once that was answered under ack. */
  async #closeAll(held: Held[]): Promise<void> {
    for (const member of held) {
      for (;;) {
        try {
          const { closed } = await this.#server.ask('env/close', { episode: member.id }) as { closed: boolean }
          if (member.closed && closed && this.#durability === 'ack') this.wrong.push('an episode that was closed under ack is there again')
          break
        } catch (error) {
          if (!(error instanceof Lost)) throw error
          await this.#server.back
        }
      }
    }
  }
}

/** Waits for all, then throws what the first failure threw: nothing is left in flight. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((each) => each.status === 'rejected')
  if (failed) throw failed.reason
}

/** Kills a server at so many random moments; `stream` names the moments and the families. */
export async function auditKill(moments: number, durability: Durability, stream: string, progress: (done: number, of: number) => void = () => {}): Promise<KillAudit> {
  const server = new KilledServer(['--durability', durability])
  const player = new Player(server, durability)
  let begun = 0
  let episodes = 0
  let stopping = false
  const keepPlaying = async (): Promise<void> => {
    while (!stopping) {
      const name = `${stream}/${begun++}`
      const family = growFamily(name)
      episodes += family.members.length
      await player.play(name, family)
    }
  }
  try {
    await server.start()
    let failure: unknown
    const players = Array.from({ length: AT_ONCE }, () => keepPlaying().catch((error: unknown) => {
      failure ??= error
      stopping = true
    }))
    for (let kill = 0; kill < moments && failure === undefined; kill += 1) {
      const key = keyOf(['kill', stream, 'moment', kill])
      const enough = player.answers + below(key, MOST_ANSWERS, 0)
      const end = performance.now() + LONGEST_LIFE_MS
      while (player.answers < enough && performance.now() < end && failure === undefined) await sleep(1)
      await sleep(below(key, 12, 3))
      await server.kill()
      if (chance(key, 0.1, 1)) await server.killWhileStarting(below(key, 600, 2))
      await server.start()
      progress(kill + 1, moments)
    }
    stopping = true
    await Promise.all(players)
    if (failure !== undefined) player.wrong.push(failure instanceof Refusal ? `${failure.method}: ${failure.message}` : String((failure as Error).stack))
    return { wrong: player.wrong, kills: moments, families: begun, episodes, answers: player.answers, resent: player.resent }
  } finally {
    await server.end()
  }
}
