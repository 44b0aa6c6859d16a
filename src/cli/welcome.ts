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

  pip install ./clients/python
  python - <<'PY'
  import gymnasium, fractal_gym
  env = gymnasium.make("fractal_gym/${scenario}-v0", url="${address}")
  observation, info = env.reset(seed=7)
  print(observation["text"])
  env.close()
  PY

Or without a client:   npx fractal-gym play ${scenario} --policy oracle
Scenarios:             ${scenarios.join(', ')}
Health and metrics:    ${address.replace('ws:', 'http:')}/healthz  /readyz  /metrics
Admin token:           ${adminTokenPath}
Stop with Ctrl+C.`
}
