/** The page of the commands, written from the same table as their help. Not part of the program. */
import type { CommandHelp } from '../src/cli/help/commands.ts'
import { commandHelp } from '../src/cli/help/commands.ts'
import { commandHelpText } from '../src/cli/help/help.ts'

const intro = `# Commands

<!-- Written by npm run docs from src/cli/help/commands.ts. Do not edit. -->

\`cogate COMMAND --help\` prints the same on a terminal. In a checkout, build once with \`npm ci && npm run build\`, and write
\`npx node dist/main.js\` in the place of \`cogate\`. Messages go to standard error, results to standard output.

| command | does |
|---|---|
`

export function renderCommands(): string {
  const rows = Object.entries(commandHelp).map(
    ([name, { does }]) => `| [\`cogate ${name}\`](#cogate-${name}) | ${does} |`,
  )
  const parts = Object.entries(commandHelp).map(renderCommand)
  return `${intro}${rows.join('\n')}\n\n${parts.join('\n')}`
}

function renderCommand([name, help]: readonly [string, CommandHelp]): string {
  const page = help.page.replace(/^docs\//, '')
  const whole = commandHelpText(name) ?? ''
  const text = whole.slice(whole.indexOf('Usage\n'), whole.indexOf('\nMore: '))
  return `## cogate ${name}\n\n\`\`\`\n${text.trimEnd()}\n\`\`\`\n\nMore: [${page}](${page})\n`
}
