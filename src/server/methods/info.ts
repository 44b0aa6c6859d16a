/** `server/info`. */
import { LIMITS, SUBPROTOCOLS } from '../../../protocol/json-rpc.ts'
import { METHODS } from '../../../protocol/methods.ts'
import { ENGINE_VERSION } from '../../core/engine-version.ts'
import type { Methods } from '../method.ts'

export const infoMethods: Methods<'server/info'> = {
  'server/info': (_params, { gym, caller }) => ({
    name: 'fractal-gym',
    version: gym.version,
    engine: ENGINE_VERSION,
    dialects: Object.values(SUBPROTOCOLS),
    methods: Object.keys(METHODS),
    limits: { ...LIMITS, episodes: gym.episodes.bounds.episodes, idle_seconds: gym.episodes.bounds.idleMs / 1000 },
    counts: {
      episodes: gym.episodes.size,
      episodes_started: gym.tally.started,
      steps: gym.tally.steps,
      connections: gym.tally.connections,
      scenarios: gym.scenarios.size,
    },
    privileged: caller.privileged,
  }),
}
