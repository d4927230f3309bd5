/** What runs the program's TypeScript: `node --import` this. Hooks of the later import are asked first. */
import 'tsx'
import './imports.mjs'
