/** `fractal-gym tools record`: stands between a client and a server of tools, and records what passes. */
import type { Command } from 'commander'
import { several, wholeNumber } from '../arguments.ts'
import type { RecordOptions } from '../record-tools.ts'

/** Adds `record` to the verb `tools`. */
export function addToolsRecord(tools: Command): void {
  tools.command('record')
    .description('Be an MCP server on stdio that passes calls on to another one and records them, without secrets: put it into the configuration of any client, in the place of the server.')
    .argument('[command...]', 'after --: the command that starts the server')
    .option('-o, --out <file>', 'the recording, whole after every call', 'cassette.json')
    .option('--url <url>', 'a server of Streamable HTTP instead of a command')
    .option('--header <header>', "a header for --url, 'Name: value'; its value is a secret", several)
    .option('--env <variable>', 'NAME=VALUE or NAME for the server; its value is a secret', several)
    .option('--secret <name>', 'a variable of the environment whose value is a secret, whatever its name says', several)
    .option('--hide <name=folder>', 'a folder that stands as <name> in the recording, as the home and temp folders do', several)
    .option('--emails', 'take addresses of e-mail out too')
    .option('--from <package>', 'what was installed, such as @scope/name@1.2.3; noted in the recording')
    .option('--timeout <ms>', 'real milliseconds that a call may take', wholeNumber(10, 3_600_000), 60_000)
    .option('--force', 'write over a recording that exists')
    .addHelpText('after', '\nExample:\n  $ fractal-gym tools record -o files.json -- npx @modelcontextprotocol/server-filesystem ./data\n  $ fractal-gym tools record -o issues.json --url https://mcp.example.org/mcp --header "Authorization: Bearer $TOKEN"')
    .action(async (command: readonly string[], options: RecordOptions) => {
      // Other verbs need not wait for the protocol to be loaded.
      const { recordTools } = await import('../record-tools.ts')
      await recordTools(command, options)
    })
}
