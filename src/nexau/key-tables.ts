/** Keys of the files of NexAU (0.3.4 to 0.4.1) and NexGAP: which are read, which are old names, which mean nothing here. */
import type { KeyTable } from './mapping.ts'

const PYTHON = ['warning', 'is Python, which does not run here'] as const
const SOURCE_ID = { source_id: ['note', 'has no meaning here'] as const }

export const AGENT_KEYS: KeyTable = {
  known: [
    'type', 'name', 'description', 'system_prompt', 'system_prompt_type', 'system_prompt_suffix', 'tools', 'sub_agents', 'skills', 'stop_tools', 'context', 'initial_context', 'global_storage',
    'max_context_tokens', 'max_iterations', 'max_running_subagents', 'timeout', 'tool_call_mode', 'variables',
    // Read to name what does not run here, one by one.
    'llm_config', 'mcp_servers', 'middlewares', 'before_model_hooks', 'after_model_hooks', 'before_tool_hooks', 'after_tool_hooks', 'tracers', 'plugins',
  ],
  old: { max_context: 'max_context_tokens' },
  unsupported: {
    custom_llm_generator: PYTHON, token_counter: PYTHON, error_handler: PYTHON,
    retry_attempts: ['note', 'is about a model endpoint; here a policy plays the agent'],
    sandbox_config: ['warning', 'is about a sandbox for code; here tools are those of the world'],
    initial_state: ['warning', 'is about the state that Python tools share, which is not here'],
    initial_config: ['warning', 'is about Python tools, which do not run here'],
    ...SOURCE_ID,
  },
}

export const TOOL_ENTRY_KEYS: KeyTable = {
  known: ['name', 'yaml_path', 'binding', 'as_skill', 'defer_loading'],
  unsupported: {
    lazy: ['note', 'postpones a Python import; it has no meaning here'],
    extra_kwargs: ['warning', 'are arguments that a Python binding gets; the tool of the world does not'],
    permissions: ['warning', 'are not read; state `approvals` of the agent'],
    ...SOURCE_ID,
  },
}

export const TOOL_FILE_KEYS: KeyTable = {
  known: ['type', 'name', 'description', 'input_schema', 'skill_description', 'disable_parallel', 'defer_loading', 'binding'],
  unsupported: {
    lazy: ['note', 'postpones a Python import; it has no meaning here'],
    search_hint: ['note', 'is not used; ToolSearch reads names and descriptions'],
    formatter: ['warning', 'is Python; results are shown as the world gives them'],
    template_override: ['warning', 'is a text for XML prompts; the tool is described as the world does'],
    builtin: ['note', 'names a Python implementation; the tool of the world is called'],
  },
}

export const SUB_AGENT_KEYS: KeyTable = { known: ['name', 'config_path'], unsupported: SOURCE_ID }
export const SKILL_ENTRY_KEYS: KeyTable = { known: ['name', 'path'], unsupported: SOURCE_ID }
export const PROMPT_PART_KEYS: KeyTable = { known: ['content', 'type'], unsupported: { cache: ['note', 'is about the cache of a model endpoint'] } }

export const FRAMEWORK_KEYS: KeyTable = {
  known: ['framework', 'framework_name', 'framework_entrance_agent', 'agents', 'tools', 'workflow', 'llm_configs', 'mcp_servers'],
}
export const FRAMEWORK_ABOUT_KEYS: KeyTable = { known: ['name', 'description', 'description_en', 'description_zh', 'version'] }
export const FRAMEWORK_AGENT_KEYS: KeyTable = { known: ['agent_name', 'description', 'sysprompt_path', 'llm_config', 'tools', 'mcp_servers'] }
export const FRAMEWORK_TOOL_KEYS: KeyTable = { known: ['tool_name', 'description', 'config_path', 'binding'] }
export const WORKFLOW_KEYS: KeyTable = { known: ['name', 'description', 'nodes', 'edges'] }
export const NODE_KEYS: KeyTable = { known: ['id', 'type', 'name', 'description'] }
export const EDGE_KEYS: KeyTable = { known: ['from', 'to', 'condition', 'description'] }
