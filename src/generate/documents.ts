/** What generation gives: documents of the world language, as if a person had written them. */
import type { Framework } from '../../protocol/spec/framework.ts'
import type { Scenario } from '../../protocol/spec/scenario.ts'
import type { World } from '../../protocol/spec/world.ts'

export type Documents = { readonly world: World; readonly framework: Framework; readonly scenario: Scenario }
