/** A tree-sitter grammar and the query that captures the names of definitions as `@n`. */
export interface Grammar {
  /** File name in @vscode/tree-sitter-wasm, without `tree-sitter-` and `.wasm`. */
  readonly name: string
  readonly extensions: readonly string[]
  readonly query: string
  /** How comments begin; `//` and slash-star unless told. */
  readonly comments?: 'hash'
}

// Names at the top level and members of types; locals are left out, for a map they are noise.
const scriptQuery = (className: string) => `
  (function_declaration name: (identifier) @n)
  (generator_function_declaration name: (identifier) @n)
  (class_declaration name: (${className}) @n)
  (method_definition name: [(property_identifier) (private_property_identifier)] @n)
  (program (lexical_declaration (variable_declarator name: (identifier) @n)))
  (program (variable_declaration (variable_declarator name: (identifier) @n)))
  (program (export_statement (lexical_declaration (variable_declarator name: (identifier) @n))))
  (assignment_expression left: (member_expression property: (property_identifier) @n)
    right: [(function_expression) (arrow_function)])`

const typeScriptQuery = `${scriptQuery('type_identifier')}
  (abstract_class_declaration name: (type_identifier) @n)
  (interface_declaration name: (type_identifier) @n)
  (type_alias_declaration name: (type_identifier) @n)
  (enum_declaration name: (identifier) @n)
  (function_signature name: (identifier) @n)
  (abstract_method_signature name: (property_identifier) @n)
  (internal_module name: (identifier) @n)`

export const grammars: readonly Grammar[] = [
  { name: 'typescript', extensions: ['ts', 'mts', 'cts'], query: typeScriptQuery },
  { name: 'tsx', extensions: ['tsx'], query: typeScriptQuery },
  { name: 'javascript', extensions: ['js', 'mjs', 'cjs', 'jsx'], query: scriptQuery('identifier') },
  {
    name: 'python',
    comments: 'hash',
    extensions: ['py', 'pyi'],
    query: `
  (function_definition name: (identifier) @n)
  (class_definition name: (identifier) @n)
  (module (expression_statement (assignment left: (identifier) @n)))`,
  },
  {
    name: 'go',
    extensions: ['go'],
    query: `
  (function_declaration name: (identifier) @n)
  (method_declaration name: (field_identifier) @n)
  (type_spec name: (type_identifier) @n)
  (source_file (const_declaration (const_spec name: (identifier) @n)))
  (source_file (var_declaration (var_spec name: (identifier) @n)))`,
  },
  {
    name: 'rust',
    extensions: ['rs'],
    query: `
  (function_item name: (identifier) @n)
  (function_signature_item name: (identifier) @n)
  (struct_item name: (type_identifier) @n)
  (enum_item name: (type_identifier) @n)
  (union_item name: (type_identifier) @n)
  (trait_item name: (type_identifier) @n)
  (type_item name: (type_identifier) @n)
  (mod_item name: (identifier) @n)
  (const_item name: (identifier) @n)
  (static_item name: (identifier) @n)
  (macro_definition name: (identifier) @n)`,
  },
  {
    name: 'java',
    extensions: ['java'],
    query: `
  (class_declaration name: (identifier) @n)
  (interface_declaration name: (identifier) @n)
  (enum_declaration name: (identifier) @n)
  (record_declaration name: (identifier) @n)
  (annotation_type_declaration name: (identifier) @n)
  (method_declaration name: (identifier) @n)`,
  },
  {
    name: 'ruby',
    comments: 'hash',
    extensions: ['rb', 'rake'],
    query: `
  (method name: (_) @n)
  (singleton_method name: (_) @n)
  (class name: (_) @n)
  (module name: (_) @n)`,
  },
  {
    name: 'cpp',
    extensions: ['c', 'h', 'cc', 'cpp', 'cxx', 'hpp', 'hh'],
    query: `
  (function_definition (function_declarator declarator: [(identifier) (field_identifier) (qualified_identifier)] @n))
  (function_definition (pointer_declarator (function_declarator declarator: (identifier) @n)))
  (function_definition (reference_declarator (function_declarator
    [(identifier) (field_identifier) (qualified_identifier)] @n)))
  (declaration declarator: (function_declarator declarator: (identifier) @n))
  (class_specifier name: (type_identifier) @n body: (_))
  (struct_specifier name: (type_identifier) @n body: (_))
  (union_specifier name: (type_identifier) @n body: (_))
  (enum_specifier name: (type_identifier) @n body: (_))
  (type_definition declarator: (type_identifier) @n)
  (preproc_function_def name: (identifier) @n)`,
  },
  {
    name: 'c-sharp',
    extensions: ['cs'],
    query: `
  (class_declaration name: (identifier) @n)
  (interface_declaration name: (identifier) @n)
  (struct_declaration name: (identifier) @n)
  (enum_declaration name: (identifier) @n)
  (record_declaration name: (identifier) @n)
  (method_declaration name: (identifier) @n)`,
  },
  {
    name: 'php',
    extensions: ['php'],
    query: `
  (function_definition name: (name) @n)
  (class_declaration name: (name) @n)
  (interface_declaration name: (name) @n)
  (trait_declaration name: (name) @n)
  (enum_declaration name: (name) @n)
  (method_declaration name: (name) @n)`,
  },
  {
    name: 'bash',
    comments: 'hash',
    extensions: ['sh', 'bash'],
    query: '(function_definition name: (word) @n)',
  },
]

const byExtension = new Map(grammars.flatMap((grammar) => grammar.extensions.map((end) => [end, grammar])))

export function grammarOf(path: string): Grammar | undefined {
  return byExtension.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase())
}

const skippedFolders =
  /(?:^|\/)(?:node_modules|vendor|third[_-]party|bower_components|dist|out|target|coverage|fixtures?|__fixtures__|__snapshots__|testdata|\.yarn|\.git)\//
const skippedFiles =
  /(?:\.min\.(?:js|cjs|mjs)|\.bundle\.js|[._-]generated\.\w+|\.pb\.go|_pb2\.py|\.d\.[cm]?ts)$/

/** Larger files are generated or data: parsing them costs more than a map gains. In bytes. */
export const largestMapped = 256 * 1024

/** Whether a file is left out of the map by its name or size: not code, vendored, generated, a fixture. */
export function isMapped(path: string, bytes: number): boolean {
  return bytes <= largestMapped && !skippedFolders.test(path) && !skippedFiles.test(path) && !!grammarOf(path)
}

/** Tests are read for what they use and not parsed: that halves the work, and what they define is used by no one. */
export function isTestFile(path: string): boolean {
  return /(?:^|\/)(?:__tests__|tests?|spec|e2e)\/(?!.*(?:conftest|helper|util|support))|[._-](?:test|spec)\.\w+$|(?:^|\/)test_[^/]*\.py$|_test\.(?:go|py|rb)$/i.test(
    path,
  )
}
