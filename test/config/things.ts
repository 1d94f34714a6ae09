/**
 * An option table for tests: the real options, and a list `things` whose items hold mappings and a list of their own. No
 * file in src may know the word `things`.
 */
import type { Option } from '../../src/config/table/option.ts'
import { boolean, count, duration, file, listOf, map, objects, oneOf, string } from '../../src/config/table/option.ts'
import { compileTable } from '../../src/config/table/option-table.ts'
import { OPTIONS } from '../../src/config/table/options.ts'

const THINGS: readonly Option[] = [
  { path: 'things', type: objects, default: [], doc: 'Things that only tests have.' },
  { path: 'things[].name', type: string, required: true, example: 'one', doc: 'Name of the thing.' },
  { path: 'things[].apiKey', type: string, secret: true, example: 'letter-by-letter', doc: 'Key of the thing.' },
  { path: 'things[].tls.caFile', type: file, required: true, example: '/ca.pem', doc: 'Authorities of the thing.' },
  { path: 'things[].tls.insecure', type: boolean, default: false, doc: 'Trust whatever the thing shows.' },
  { path: 'things[].tls.ciphers.tls13', type: listOf(string), default: ['a'], doc: 'Ciphers of the thing.' },
  { path: 'things[].timeouts.response', type: duration(), example: '2s', doc: 'Time the thing has to answer.' },
  { path: 'things[].claims', type: map, example: { tenant: ['a', 'b'] }, inExample: true, doc: 'Claims of the thing.' },
  { path: 'things[].rules', type: objects, default: [], doc: 'Rules of the thing.' },
  { path: 'things[].rules[].path', type: string, required: true, example: '/a', doc: 'Path of the rule.' },
  { path: 'things[].rules[].limits.burst', type: count(9), example: 3, doc: 'Requests at once.' },
  {
    path: 'things[].rules[].limits.mode',
    type: oneOf('enforce', 'report'),
    default: 'enforce',
    doc: 'Mode of the limit.',
  },
]

export const THINGS_TABLE = compileTable([...OPTIONS, ...THINGS])
