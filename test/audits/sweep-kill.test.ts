/** The short form of the audit that kills sweeps; `npm run audit -- sweep-kill` is the long one. */
import t from 'tap'
import { auditSweepKill } from './sweep-kill.ts'

t.test('a sweep killed at random moments: the same report, byte for byte', async (t) => {
  const { wrong, kills, midway } = await auditSweepKill(2, 'short', 40)
  t.same(wrong, [])
  t.equal(kills, 2)
  t.ok(midway > 0, `${midway} of them in the midst of the episodes`)
})
