/** What `serve` prints when it is ready: the address, and what to do next. */

type Facts = { host: string; port: number; scenarios: readonly string[]; adminTokenPath: string; open: boolean }

/** An address that a client on this machine can use. */
export function addressOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `ws://${name.includes(':') ? `[${name}]` : name}:${port}`
}

export function welcome({ host, port, scenarios, adminTokenPath, open }: Facts): string {
  const address = addressOf(host, port)
  const scenario = scenarios.includes('retail') ? 'retail' : (scenarios[0] ?? 'SCENARIO')
  return `
Fractal Gym is ready at ${address}
${open ? '\nEverybody who reaches this machine can connect (--insecure).\n' : ''}
Next, in another terminal:

  python3 -m venv .venv && . .venv/bin/activate && pip install ./clients/python
  python - <<'PY'
  from fractal_gym import Client
  with Client("${address}") as client, client.reset("${scenario}", seed=7) as episode:
      print(episode.observation.messages[-1].content)
      print(episode.report_unable("only looking").reward)
  PY

Watch a learner train (two minutes, then a plot of its learning curve):

  pip install -e "./clients/python[examples]"
  python clients/python/examples/learn_retail.py --url ${address}

Or without a client:   npx fractal-gym play ${scenario} --policy oracle
Scenarios:             ${scenarios.join(', ')}
MCP clients:           ${address.replace('ws:', 'http:')}/mcp?scenario=${scenario}&seed=7   (docs/mcp.md)
Health and metrics:    ${address.replace('ws:', 'http:')}/healthz  /readyz  /metrics
Admin token:           ${adminTokenPath}
Stop with Ctrl+C.`
}
