/** The Dockerfile as text: no fault that its linter knows, and the same releases as everywhere else. */
import { validate } from 'dockerfile-utils'
import t from 'tap'
import { readRepositoryFile } from '../docs/pages.ts'

const text = readRepositoryFile('Dockerfile')

t.test('dockerfile-utils finds no fault', async (t) => {
  t.same(
    validate(text).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`),
    [],
  )
  t.ok(validate('FROM node\nWORKDIR app\nCMD a\nCMD b\n').length >= 2, 'it does find some')
})

t.test('it builds on the Node.js release that runs the tests', async (t) => {
  const { packages } = JSON.parse(readRepositoryFile('package-lock.json')) as {
    readonly packages: Readonly<Record<string, { readonly version: string }>>
  }
  t.match(text, `ARG BUILD_IMAGE=node:${packages['node_modules/node']?.version}-`)
})

t.test('both bases are arguments with a tag that is not latest', async (t) => {
  const bases = [...text.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, image = '']) => image)
  t.equal(bases.length, 2)
  for (const image of bases) t.match(image, /:(?!latest)[\w.-]+(?:@sha256:[0-9a-f]{64})?$/)
})

t.test('its labels are those of the package', async (t) => {
  const { description, license, version } = JSON.parse(readRepositoryFile('package.json')) as Record<string, string>
  const labels = Object.fromEntries(
    [...text.matchAll(/org\.opencontainers\.image\.(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]),
  )
  t.same(labels, { title: 'cogate', description, version, licenses: license })
})
