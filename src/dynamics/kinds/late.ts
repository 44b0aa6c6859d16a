/** Kinds about time: clocks that are off, deadlines, work that is done later. */
import type { EntryOf } from '../../../protocol/spec/dynamics-kinds.ts'
import { formatTime } from '../../core/calendar.ts'
import { word } from '../../core/keyed.ts'
import type { Kind, Odds } from '../compiled-entry.ts'
import { compileDistribution, deviate, mostOf } from '../distribution.ts'
import type { Passage } from '../passage.ts'
import { ownTool } from '../own-tool.ts'
import { isActive } from '../schedule.ts'

/** A read on a machine whose clock is off. Writes keep the clock of the database: what is stored stays in order. */
export const clockSkew: Kind<EntryOf<'clock.skew'>> = {
  drive: 'calls',
  effect: 'read',
  recovery: [],
  compile: ({ offset_ms }, { self }) => ({
    before(call) {
      if (call.mode === 'none') return
      call.skew += Math.round(offset_ms * call.site.intensity)
      call.mark(self(), 'response')
    },
  }),
}

/** Later than any episode lasts, in virtual milliseconds. */
const FAR = 100_000_000_000

/** The task itself is over at a time. */
export const deadline: Kind<EntryOf<'deadline'>> = {
  drive: 'time',
  recovery: [],
  compile: ({ at_ms, announced }, { self }) => {
    const at = (odds: Odds) => (isActive(self(), odds, 0) ? Math.min(FAR, Math.ceil(at_ms / odds.intensity)) : undefined)
    return {
      deadline: at,
      notice(odds, epoch) {
        const over = announced ? at(odds) : undefined
        return over === undefined ? undefined : `This has to be done by ${formatTime(epoch + over)}.`
      },
    }
  },
}

type Job = { readonly poll: number; readonly due: number; readonly expires: number; readonly done: boolean; readonly json?: unknown; readonly isError?: boolean }

/** Work that is accepted now and done later; another tool tells how it stands. */
export const asyncJob: Kind<EntryOf<'async.job'>> = {
  drive: 'calls',
  recovery: ['wait'],
  compile: ({ poll_ms, completion, expires_ms, tool }, { self, tools, site }) => {
    if (tools.has(tool)) site.at('tool').complain('name', `the world has a tool '${tool}'`, { expected: 'another name' })
    const quantile = compileDistribution(completion)
    // Jobs are the tool's that tells of them, whichever entry began them.
    const memoOf = (job: string) => `\0job\0${tool}\0${job}`
    const idOf = (call: Passage) => `job_${word(call.keyOf(self()), 7).toString(16).padStart(8, '0')}`
    const check = ownTool(tool, 'jobs', 'Tells how a job stands, and gives its result once it is done.', { properties: { job_id: { type: 'string' } }, required: ['job_id'] }, ({ state, start, args }) => {
      const job_id = String(args.job_id)
      const job = state.memos.get(memoOf(job_id)) as Job | undefined
      const ms = 120
      if (!job) return { json: { error: 'No such job', status: 404 }, isError: true, ms }
      if (start >= job.expires) return { json: { error: 'The result of the job is no longer kept', status: 410 }, isError: true, ms }
      if (!job.done || start < job.due) return { json: { job_id, status: 'running', poll_after_ms: job.poll }, ms }
      return { json: job.isError ? { job_id, status: 'failed', error: job.json } : { job_id, status: 'done', result: job.json ?? null }, ms }
    })
    return {
      tools: [check],
      settles: mostOf(completion),
      before(call) {
        if (call.mode !== 'run' || !call.state.hasRoom) return
        const job_id = idOf(call)
        call.mode = 'later'
        call.delay = Math.max(1, Math.round(quantile(deviate(call.keyOf(self()), 5) * call.site.intensity)))
        const due = call.site.start + call.delay
        call.state.memos.set(memoOf(job_id), { poll: poll_ms, due, expires: due + expires_ms, done: false } satisfies Job)
        call.tells.push(memoOf(job_id))
        call.json = { job_id, status: 'pending', poll_after_ms: poll_ms }
        call.mark(self(), 'post_commit', poll_ms)
      },
      close(call) {
        if (call.refused) call.state.memos.delete(memoOf(idOf(call)))
      },
    }
  },
}
