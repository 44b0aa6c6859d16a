/** Kinds about who may call: sessions that expire, scopes that are missing. */
import type { EntryOf } from '../../../protocol/spec/dynamics-kinds.ts'
import type { DynamicsState } from '../dynamics-state.ts'
import type { Kind } from '../compiled-entry.ts'
import { ownTool } from '../own-tool.ts'
import { errorContent } from '../surface.ts'
import { holdsForTool, inWindow } from '../schedule.ts'

/** Milliseconds that a new session or a permission takes. */
const GRANT_MS = 200

export const authExpiry: Kind<EntryOf<'auth.expiry'>> = {
  drive: 'calls',
  recovery: ['refresh_auth'],
  compile: ({ ttl_ms, tool }, { self, tools }) => {
    // Sessions are the tool's: all entries that it renews know of it.
    const memo = `\0session\0${tool}`
    const begun = (state: DynamicsState) => (state.memos.get(memo) as number | undefined) ?? 0
    const own = tools.has(tool)
      ? []
      : [ownTool(tool, `session ${ttl_ms}`, 'Begins a new session; the old one ends.', { properties: {} }, ({ state, start }) => {
          state.memos.set(memo, start + GRANT_MS)
          return { json: { session: 'renewed', expires_in: Math.floor(ttl_ms / 1000) }, ms: GRANT_MS }
        })]
    return {
      tools: own,
      watches: tool,
      before(call) {
        if (call.site.start - begun(call.state) >= ttl_ms / call.site.intensity) call.refuse(self(), errorContent(401, `The session has expired; ${tool} begins a new one`))
      },
      after(call) {
        if (call.tool.name === tool && !call.isError && call.mode === 'run') call.state.memos.set(memo, call.site.start)
      },
    }
  },
}

export const authScope: Kind<EntryOf<'auth.scope'>> = {
  drive: 'time',
  recovery: ['refresh_auth'],
  compile: ({ scope, grant, id, when }, { self, tools, site }) => {
    const memo = `\0scope\0${scope}`
    if (grant !== undefined && tools.has(grant)) site.at('grant').complain('name', `the world has a tool '${grant}'`, { expected: 'another name' })
    const own = grant === undefined
      ? []
      : [ownTool(grant, `scope ${scope}`, `Asks for the permission '${scope}'.`, { properties: {} }, ({ state }) => {
          state.memos.set(memo, true)
          return { json: { granted: scope }, ms: GRANT_MS }
        })]
    return {
      tools: own,
      before(call) {
        if (call.state.memos.has(memo) || !inWindow(self(), call.site.start) || !holdsForTool(call, id, when.probability)) return
        call.refuse(self(), errorContent(403, `Missing permission '${scope}'${grant === undefined ? '' : `; ${grant} asks for it`}`))
      },
    }
  },
}
